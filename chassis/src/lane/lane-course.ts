/** How a lane begins, recovers from another owner, fails and stops. */
import { pause } from '../clock.ts';
import { inTime } from '../in-time.ts';
import { StoreAway } from '../store-failure.ts';
import { foldTail } from './fold-tail.ts';
import { undoLooks } from './head-looks.ts';
import { LaneStopped, Overloaded, retryAfterMs } from './lane.ts';
import {
  currentCommit,
  sendSoon,
  takeBetweenCommits,
  undoCommits,
  whenDurable,
} from './lane-commits.ts';
import { heldLease, type LaneParts, newest, tellWhenIdle } from './lane-parts.ts';
import { laneStreams } from './lane-streams.ts';
import { laneWriter } from './lane-writer.ts';
import { outcomesOf } from './outcomes.ts';

/** How long a command waits for a lane that changes hands (DESIGN 2). */
const patienceMs = 2_000;
const lookAgainMs = 100;

export async function start<Command>(lane: LaneParts<Command>): Promise<void> {
  lane.strife.enter(lane.contender);
  try {
    await begin(lane);
  } catch (failure) {
    // What it meant to append first is never sent, so a stop would wait for it without end.
    end(lane, 'the lane could not start');
    throw failure;
  }
  // A new owner has opened once its first append is durable, or another one has won.
  if (!lane.options.lease || !newest(lane.commits)) return;
  await new Promise<void>((resolve) => {
    whenDurable(lane, { durable: resolve, undone: resolve });
  });
}

async function begin<Command>(lane: LaneParts<Command>): Promise<void> {
  if (isStopped(lane)) return;
  const { id, options, bounds, commits, timers } = lane;
  const { log, rows, clock } = options;
  lane.hasHeldLease ||= heldLease(lane) !== undefined;
  lane.streams = laneStreams(id, rows, options.kinds, bounds.streamsMax);
  lane.outcomes = outcomesOf(id, rows, bounds.recentOutcomesMax);
  const { streams, outcomes } = lane;
  const folded = await foldTail({ lane: id, log, rows, streams, outcomes });
  if (isStopped(lane)) return;
  commits.durable = folded.head;
  commits.lastAt = Math.max(commits.lastAt, folded.at);
  lane.writer = newWriter(lane);
  lane.writer.start(folded.checkpoint);
  lane.phase = lane.stopRequested ? 'stopping' : 'open';
  lane.isLate = false;
  takeOver(lane);
  // At once: what the tail has changed is forgotten as soon as it is written.
  for (const name of folded.streams) timers.set(name, streams.dueOf(name));
  // Nobody waits for what is listed: what is due is due when it is read as well, and a key that is
  // not known to be new is looked for.
  timers.start().catch(lane.fail);
  const isOver = () => isStopped(lane) || lane.streams !== streams;
  for (const known of [outcomes, streams]) known.fillFilter(clock, isOver).catch(lane.fail);
  lane.drain();
  sendSoon(lane);
  // What was undone may need no second append: who waits for the last one must hear of it here.
  tellWhenIdle(lane);
}

const isStarting = <Command>({ phase }: LaneParts<Command>): boolean => phase === 'starting';

/** Asked after each wait: it may have been stopped meanwhile. */
const isStopped = <Command>({ phase }: LaneParts<Command>): boolean => phase === 'stopped';

/**
 * A new owner appends first, if need be a commit without entries: what an earlier owner has in
 * flight then finds its version taken, and no answer from memory can miss it.
 */
function takeOver<Command>(lane: LaneParts<Command>): void {
  if (lane.phase !== 'open' || !heldLease(lane)) return;
  lane.hasHeldLease = true;
  currentCommit(lane);
}

function newWriter<Command>(lane: LaneParts<Command>) {
  const { id, options, bounds, streams, outcomes, commits } = lane;
  return laneWriter({
    ...{ lane: id, rows: options.rows, clock: options.clock, bounds, streams, outcomes },
    durableVersion: () => commits.durable.version,
    takeBetweenCommits: (take) => takeBetweenCommits(lane, streams, take),
    onFailure: lane.fail,
  });
}

/**
 * Somebody else has appended: forget what memory says, read what is true, decide again what waits.
 */
export async function recover<Command>(lane: LaneParts<Command>): Promise<void> {
  if (isSuperseded(lane)) return end(lane, 'another process owns the lane now');
  lane.phase = 'starting';
  stopParts(lane);
  const later = lane.queue;
  lane.queue = [];
  undo(lane);
  lane.queue.push(...later);
  lane.commits.fencedUnder = undefined;
  const cancel = lane.options.clock.after(patienceMs, () => sendAway(lane));
  try {
    while (isStarting(lane) && lane.strife.standsAside(lane.contender)) {
      await pause(lane.options.clock, lookAgainMs);
    }
    await beginSurely(lane);
  } finally {
    cancel();
  }
}

/** Nothing of theirs was decided: another process may have the lane, or this one later. */
function sendAway<Command>(lane: LaneParts<Command>): void {
  if (!isStarting(lane)) return;
  lane.isLate = true;
  const waiting = lane.queue;
  lane.queue = [];
  for (const { reject } of waiting) reject(new Overloaded(retryAfterMs));
}

/** A store that is away comes back; those who wait meanwhile are bounded, as all who wait are. */
async function beginSurely<Command>(lane: LaneParts<Command>): Promise<void> {
  for (;;) {
    try {
      return await begin(lane);
    } catch (failure) {
      if (!(failure instanceof StoreAway)) throw failure;
      await pause(lane.options.clock, failure.retryAfterMs);
    }
  }
}

/**
 * Who has lost the lease under which it appended must not go on beside the next owner, which may
 * answer from memory.
 */
const isSuperseded = <Command>(lane: LaneParts<Command>): boolean =>
  lane.hasHeldLease && heldLease(lane) === undefined;

export function fail<Command>(lane: LaneParts<Command>, failure: unknown): void {
  if (lane.phase === 'stopped') return;
  end(lane, 'the lane has failed');
  lane.options.onFailure(failure);
}

/** What is not a row by then is folded by the next owner. */
const flushWithinMs = 1_000;

export async function flush<Command>(lane: LaneParts<Command>): Promise<void> {
  if (lane.phase !== 'open' || !lane.writer) return;
  await inTime(lane.options.clock, flushWithinMs, lane.writer.flush());
}

export async function stop<Command>(lane: LaneParts<Command>): Promise<void> {
  if (lane.phase === 'stopping' || lane.phase === 'stopped') return;
  // Until it has begun again, memory holds what was undone: no row may be made of it.
  if (isStarting(lane)) return end(lane, 'the lane has stopped');
  lane.phase = 'stopping';
  lane.stopRequested = true;
  if (newest(lane.commits) || lane.looks.underWay) {
    await new Promise<void>((resolve) => {
      lane.idle = resolve;
    });
  }
  // Overtaken meanwhile: memory holds what was never durable, and no row may be made of it.
  if (isStopped(lane)) return;
  // Where others may own it, nobody has it while it writes.
  if (!lane.options.lease) await lane.writer?.finish();
  end(lane, 'the lane has stopped');
}

/** Whoever still waits is told to ask elsewhere. */
function end<Command>(lane: LaneParts<Command>, why: string): void {
  lane.phase = 'stopped';
  lane.strife.leave(lane.contender);
  stopParts(lane);
  const waiting = lane.queue;
  lane.queue = [];
  for (const { reject } of waiting) reject(new LaneStopped(why));
  undo(lane);
  lane.idle?.();
}

function undo<Command>(lane: LaneParts<Command>): void {
  undoCommits(lane);
  undoLooks(lane);
}

function stopParts<Command>({ timers, writer }: LaneParts<Command>): void {
  timers.stop();
  writer?.stop();
}
