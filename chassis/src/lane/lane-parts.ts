/** What the files of one lane share; nobody else refers to it. */
import type { Instant } from '../clock.ts';
import type { LaneId, Outcome } from '../commit.ts';
import type { Head } from '../log/event-log.ts';
import type { OpenCommit, Settle } from '../log/open-commit.ts';
import type { View } from '../stream-kind.ts';
import type { Handled, LaneBounds, LaneCommand, LaneLease, LaneOptions } from './lane.ts';
import type { LaneStreams } from './lane-streams.ts';
import type { LaneTimers } from './lane-timers.ts';
import type { LaneWriter } from './lane-writer.ts';
import type { LaneOutcomes } from './outcomes.ts';
import type { Contender, Strife } from './strife.ts';

export type Phase = 'starting' | 'open' | 'stopping' | 'stopped';

/** A command or a look that waits for its turn, its streams or its answer. */
export type Waiting<Command> = {
  /** Undefined for a look. */
  readonly command: LaneCommand<Command> | undefined;
  streams: readonly string[];
  readonly show: (view: View, at: Instant, outcome: Outcome) => unknown;
  readonly resolve: (answer: Handled<unknown>) => void;
  readonly reject: (failure: unknown) => void;
};

/** The commits on their way: one that is being filled, and one in flight. */
export type Commits = {
  /** The end of the log, as far as this lane knows. */
  durable: Head;
  lastAt: Instant;
  filling: OpenCommit | undefined;
  inFlight: OpenCommit | undefined;
  /** Those who want to see the streams between two commits. */
  atBoundary: Settle[];
  sendAtCommands: number;
  /** Promise turns that a commit waits for those who are asking again. */
  sendAfterTurns: number;
  sendQueued: boolean;
  /** The lease under which an append of this lane has succeeded: nobody's older one can since. */
  fencedUnder: LaneLease | undefined;
};

/** Looks at the head of the log, each for all who asked before it began. */
export type HeadLooks = {
  /** Those whom the look under way answers. */
  asked: Settle[];
  /** Those who came after it had begun. */
  waiting: Settle[];
  underWay: boolean;
};

export type LaneParts<Command> = {
  readonly id: LaneId;
  readonly options: LaneOptions<Command>;
  readonly bounds: LaneBounds;
  phase: Phase;
  stopRequested: boolean;
  /** True once this lane has appended, or begun to, as the holder of a lease. */
  hasHeldLease: boolean;
  streams: LaneStreams;
  outcomes: LaneOutcomes;
  /** Undefined until the lane has begun. */
  writer: LaneWriter | undefined;
  readonly timers: LaneTimers;
  readonly commits: Commits;
  readonly looks: HeadLooks;
  readonly strife: Strife;
  queue: Waiting<Command>[];
  /** Commands that wait for rows. */
  loading: number;
  /** Appends that found their version taken. */
  conflicts: number;
  readonly contender: Contender;
  /** It has been recovering for so long that nobody is kept waiting for it any more. */
  isLate: boolean;
  /** Tells a stop that everything decided has been answered. */
  idle: (() => void) | undefined;
  /** Gives those who wait their turns, as far as there is room. */
  readonly drain: () => void;
  /** Somebody else has appended. */
  readonly recover: () => void;
  readonly fail: (failure: unknown) => void;
};

/** The newest commit that is not yet durable. */
export const newest = ({ filling, inFlight }: Commits): OpenCommit | undefined =>
  filling ?? inFlight;

export const heldLease = <Command>({ options }: LaneParts<Command>): LaneLease | undefined => {
  const lease = options.lease?.();
  return lease?.holds() ? lease : undefined;
};

/** Without a lease, now and before: others may have opened it as well, and as rightly. */
export const isContended = <Command>(lane: LaneParts<Command>): boolean =>
  lane.options.lease !== undefined && !lane.hasHeldLease && !heldLease(lane);

/** True while nobody else can have appended anything that memory lacks. */
export function isSure<Command>(lane: LaneParts<Command>): boolean {
  if (!lane.options.lease) return true;
  const lease = heldLease(lane);
  return lease !== undefined && lease === lane.commits.fencedUnder;
}

export function tellWhenIdle<Command>({ commits, looks, idle }: LaneParts<Command>): void {
  if (!newest(commits) && !looks.underWay) idle?.();
}
