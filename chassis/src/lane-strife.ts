/**
 * What a lane does that meets another owner again and again. Each append of one undoes what all
 * others have decided, so a loser does not compete: it leaves the lane to who goes on.
 */
import { pause } from './clock.ts';
import { type EventLog, StoreCorrupt } from './event-log.ts';
import { heldLease, type LaneParts } from './lane-parts.ts';
import { withJitter } from './parked.ts';

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
  let seen = commits.durable.version;
  let movedAt = clock.now();
  while (standsAside(lane) && seen < turn && clock.now() - movedAt < quietMs) {
    await pause(clock, lookEveryMs);
    const now = await headAfter(log, lane, { seen, turn });
    if (now > seen) movedAt = clock.now();
    seen = now;
  }
}

const standsAside = <Command>(lane: LaneParts<Command>): boolean =>
  lane.phase === 'starting' && !heldLease(lane);

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
