/**
 * What an owner does before it answers from memory alone while it cannot be sure to be the only
 * one: it makes certain that nobody has gone on without it.
 */
import { pause } from '../clock.ts';
import type { Settle } from '../log/open-commit.ts';
import { currentCommit, sendSoon, whenDurable } from './lane-commits.ts';
import { heldLease, isSure, type LaneParts, newest, tellWhenIdle } from './lane-parts.ts';

const firstPauseMs = 20;
const pauseMsMax = 1_000;

/**
 * Tells `durable` once it is certain that, after this call, the log held nothing that this lane had
 * not appended; `undone` when it did.
 */
export function confirm<Command>(lane: LaneParts<Command>, settle: Settle): void {
  // What was in flight may have made it sure meanwhile.
  if (isSure(lane)) return settle.durable();
  if (heldLease(lane)) {
    // An append of its own proves the same, and under a lease it proves it for all that follow.
    currentCommit(lane).settles.push(settle);
    sendSoon(lane);
    return;
  }
  confirmByLook(lane, settle);
}

/** The same, also under a lease: somebody may have gone on without one. */
export function confirmByLook<Command>(lane: LaneParts<Command>, settle: Settle): void {
  lane.looks.waiting.push(settle);
  if (!lane.looks.underWay) lookAtHead(lane).catch(lane.fail);
}

async function lookAtHead<Command>(lane: LaneParts<Command>): Promise<void> {
  const { looks, commits } = lane;
  looks.underWay = true;
  while (looks.waiting.length > 0) {
    looks.asked = looks.waiting;
    looks.waiting = [];
    const end = await endOf(lane);
    if (end === undefined) break;
    // What is in flight may be what was found; it is told apart once it has settled.
    while (looks.asked.length > 0 && commits.durable.version < end) {
      if (newest(commits)) await settled(lane);
      else lane.recover();
    }
    const { asked } = looks;
    looks.asked = [];
    for (const { durable: tell } of asked) tell();
  }
  looks.underWay = false;
  tellWhenIdle(lane);
}

/**
 * As far as the log is known to go, or one further: that is one look by id, where its end takes
 * several. Undefined when the lane has stopped before it was told.
 */
async function endOf<Command>(lane: LaneParts<Command>): Promise<number | undefined> {
  const { log, clock } = lane.options;
  for (let pauseMs = firstPauseMs; lane.phase !== 'stopped'; ) {
    const { version } = lane.commits.durable;
    try {
      // What is in flight was sent after everybody who waits for this look had asked.
      const found = await log.read(lane.id, version + 1, 1);
      return version + found.length;
    } catch {
      // A store that is away comes back; those who wait are bounded, as all who wait are.
      await pause(clock, pauseMs);
      pauseMs = Math.min(2 * pauseMs, pauseMsMax);
    }
  }
  return undefined;
}

const settled = <Command>(lane: LaneParts<Command>): Promise<void> =>
  new Promise((resolve) => whenDurable(lane, { durable: resolve, undone: resolve }));

/** Tells all who wait for a look that memory was not what is true. */
export function undoLooks<Command>({ looks }: LaneParts<Command>): void {
  const undone = [...looks.asked, ...looks.waiting];
  looks.asked = [];
  looks.waiting = [];
  for (const { undone: tell } of undone) tell();
}
