/**
 * What a lane does that meets another owner again and again. Each append of one undoes what all
 * others have decided, so a loser does not compete: it leaves the lane to who goes on.
 */
import { pause } from './clock.ts';
import { type EventLog, StoreCorrupt } from './event-log.ts';
import { Overloaded } from './lane.ts';
import { heldLease, type LaneParts } from './lane-parts.ts';
import { withJitter } from './parked.ts';

/** How long a command waits for a lane that changes hands (DESIGN 2). */
const patienceMs = 2_000;
const retryAfterMs = 250;
const lookEveryMs = 100;
/** Read one by one: what every server finds without a scan. */
const lookCommits = 4;
/** Who has appended nothing for so long rests; twice that after each further loss. */
const restMs = { first: 500, most: 2_000 };
/**
 * Who never rests is asked for a turn after so many of its commits, however fast the store is. A
 * turn costs three conflicts or so, and of four owners three ask for one.
 */
const turnCommits = 400;

/** Resolves when the lane may be taken up again. Once is no strife; who has the lease need not. */
export async function stepAside<Command>(lane: LaneParts<Command>): Promise<void> {
  const { conflictsInRow, commits } = lane;
  const { clock, log } = lane.options;
  // Who are asked in turn while the leases are away lose once at each turn.
  if (conflictsInRow < 2) return;
  const drawn = clock.newId();
  const rest = Math.min(restMs.first * 2 ** (conflictsInRow - 2), restMs.most);
  const quietMs = withJitter(rest, drawn, conflictsInRow);
  const turn = commits.durable.version + withJitter(turnCommits, drawn, conflictsInRow);
  const since = clock.now();
  let seen = commits.durable.version;
  let movedAt = since;
  while (standsAside(lane) && seen < turn && clock.now() - movedAt < quietMs) {
    if (clock.now() - since >= patienceMs) sendAway(lane);
    await pause(clock, lookEveryMs);
    const now = await headAfter(log, lane, { seen, turn });
    if (now > seen) movedAt = clock.now();
    seen = now;
  }
  lane.isAside = false;
}

const standsAside = <Command>(lane: LaneParts<Command>): boolean =>
  lane.phase === 'starting' && !heldLease(lane);

/** Nothing of theirs was decided: another process may have the lane, or this one later. */
function sendAway<Command>(lane: LaneParts<Command>): void {
  lane.isAside = true;
  const waiting = lane.queue;
  lane.queue = [];
  for (const { reject } of waiting) reject(new Overloaded(retryAfterMs));
}

/** The newest version, as far as it matters. */
async function headAfter<Command>(
  log: EventLog,
  { id }: LaneParts<Command>,
  { seen, turn }: { readonly seen: number; readonly turn: number },
): Promise<number> {
  let head = seen;
  try {
    for (let page = lookCommits; page === lookCommits && head < turn; head += page) {
      page = (await log.read(id, head + 1, lookCommits)).length;
    }
  } catch (failure) {
    if (failure instanceof StoreCorrupt) throw failure;
    // It cannot be read just now, so nobody is known to have gone on.
  }
  return head;
}
