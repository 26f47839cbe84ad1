/**
 * Group commit: while one commit is appended the next one is filled, and those who wait are told
 * once theirs is durable.
 */

import type { Instant } from '../clock.ts';
import type { Commit } from '../commit.ts';
import { appendUntilSettled } from '../log/append-until-settled.ts';
import { closeCommit, type OpenCommit, openCommit, type Settle } from '../log/open-commit.ts';
import type { LaneLease } from './lane.ts';
import { heldLease, type LaneParts, newest, tellWhenIdle } from './lane-parts.ts';
import type { LaneStreams } from './lane-streams.ts';

/** A lane's time never falls, whatever the machine's clock does; one commit has one time. */
export const laneTime = <Command>({ commits, options }: LaneParts<Command>): Instant =>
  commits.filling?.at ?? Math.max(options.clock.now(), commits.lastAt);

/** The commit being filled; opened when there is none. */
export function currentCommit<Command>(lane: LaneParts<Command>): OpenCommit {
  const { commits } = lane;
  commits.lastAt = laneTime(lane);
  commits.filling ??= openCommit(
    (commits.inFlight?.version ?? commits.durable.version) + 1,
    commits.lastAt,
  );
  return commits.filling;
}

export const isFull = <Command>({ commits: { filling }, bounds }: LaneParts<Command>): boolean =>
  filling !== undefined &&
  (filling.commands >= bounds.commitCommandsMax || filling.bytes >= bounds.commitBytesMax);

/** Tells once everything decided so far is durable. */
export function whenDurable<Command>({ commits }: LaneParts<Command>, waiting: Settle): void {
  const last = newest(commits);
  if (last) last.settles.push(waiting);
  else waiting.durable();
}

/**
 * What `take` sees of these streams between two commits, once all of it is durable; undefined when
 * it was undone instead.
 */
export const takeBetweenCommits = <Command, Taken>(
  lane: LaneParts<Command>,
  streams: LaneStreams,
  take: () => Taken,
): Promise<Taken | undefined> =>
  new Promise((resolve) => {
    const { commits } = lane;
    const undone = () => resolve(undefined);
    const durable = () => {
      const taken = take();
      const told = () => resolve(streams === lane.streams ? taken : undefined);
      whenDurable(lane, { durable: told, undone });
    };
    // In the middle of a commit a stream says less than the version it would be written under.
    if (commits.filling) commits.atBoundary.push({ durable, undone });
    else durable();
  });

/**
 * An idle lane sends when it has its share of what was last under way, at the latest when those who
 * just heard their answers have asked again.
 */
export function sendSoon<Command>(lane: LaneParts<Command>): void {
  const { commits } = lane;
  if (commits.inFlight || !commits.filling) return;
  if (commits.filling.commands >= commits.sendAtCommands || isFull(lane)) return send(lane);
  if (commits.sendQueued) return;
  commits.sendQueued = true;
  sendAfterTurns(lane, commits.sendAfterTurns);
}

const sendAfterTurns = <Command>(lane: LaneParts<Command>, turns: number): void =>
  queueMicrotask(() => {
    if (turns > 1 && lane.commits.filling && !lane.commits.inFlight) {
      return sendAfterTurns(lane, turns - 1);
    }
    lane.commits.sendQueued = false;
    send(lane);
  });

function send<Command>(lane: LaneParts<Command>): void {
  const { commits, options, phase } = lane;
  const { filling: sent } = commits;
  if (commits.inFlight || !sent || phase === 'starting' || phase === 'stopped') return;
  commits.inFlight = sent;
  commits.filling = undefined;
  const looks = commits.atBoundary;
  commits.atBoundary = [];
  for (const { durable: look } of looks) look();
  const lease = heldLease(lane);
  // Also one that it was given only after it had begun.
  lane.hasHeldLease ||= lease !== undefined;
  const sentAt = options.clock.now();
  const commit = closeCommit(lane.id, sent, commits.durable, options.clock.newId());
  const stopped = () => lane.phase === 'stopped';
  appendUntilSettled(options.log, options.clock, commit, stopped).then((ours) => {
    if (ours) {
      share(lane, sent.commands, options.clock.now() - sentAt);
      appended(lane, sent, commit, lease);
    } else if (!stopped()) {
      lane.conflicts += 1;
      lane.strife.lost(lane.contender);
      lane.recover();
    }
  }, lane.fail);
}

/** What deciding one command takes, rounded up (DECISIONS 6). */
const decidingMs = 0.02;
/** Promise turns in which callers in this process ask again; beyond, they are elsewhere. */
const askAgainTurns = 50;

/**
 * How much the next commit waits for. A quick append overlaps with deciding the other half of what
 * is under way. A slow one is waited for by both halves anyway: so both go in the next one, which
 * halves the number of appends.
 */
function share<Command>({ commits }: LaneParts<Command>, sent: number, tookMs: number): void {
  const underWay = sent + (commits.filling?.commands ?? 0);
  const isSlow = tookMs > decidingMs * underWay;
  commits.sendAtCommands = isSlow ? underWay : Math.ceil(underWay / 2);
  commits.sendAfterTurns = isSlow ? askAgainTurns : 1;
}

function appended<Command>(
  lane: LaneParts<Command>,
  sent: OpenCommit,
  { version, hash }: Commit,
  lease: LaneLease | undefined,
): void {
  const { commits } = lane;
  commits.durable = { version, hash };
  if (lease) commits.fencedUnder = lease;
  commits.inFlight = undefined;
  lane.strife.won(lane.contender);
  for (const { durable: tell } of sent.settles) tell();
  lane.writer?.noteCommit();
  lane.drain();
  sendSoon(lane);
  tellWhenIdle(lane);
}

/** Tells all who wait for a commit that it will not be. */
export function undoCommits<Command>({ commits }: LaneParts<Command>): void {
  const { inFlight, filling, atBoundary } = commits;
  commits.inFlight = undefined;
  commits.filling = undefined;
  commits.atBoundary = [];
  const undone = [...(inFlight?.settles ?? []), ...(filling?.settles ?? []), ...atBoundary];
  for (const { undone: tell } of undone) tell();
}
