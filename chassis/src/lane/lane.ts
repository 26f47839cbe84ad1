/**
 * A lane: the unit of ownership. Its owner decides commands one after the other against state in
 * memory; while an append is in flight, what is decided meanwhile gathers in the next commit (group
 * commit), so that a hot stream is not slower than many cold ones. Nobody hears an answer before it
 * is durable.
 */
import type { Clock, Instant } from '../clock.ts';
import type { CommandRecord, DomainEvent, LaneId, Outcome } from '../commit.ts';
import type { Decision } from '../decider.ts';
import type { Lease } from '../leases/leases.ts';
import type { EventLog } from '../log/event-log.ts';
import type { LaneRows } from '../rows/lane-rows.ts';
import type { AnyStreamKind, View } from '../stream-kind.ts';
import type { Strife } from './strife.ts';

export type LaneCommand<Command> = {
  readonly command: Command;
  readonly record: CommandRecord;
  /** Streams that the decision looks at, as far as they are known before it. */
  readonly streams: readonly string[];
};

/** A rejection that is not kept: the same key may be sent again (INTERFACE "keys spent"). */
export type NotKept = { readonly notKept?: true };

export type LaneRejection = { readonly type: string } & NotKept;

export type Handled<Shown> = {
  readonly outcome: Outcome;
  /** Everything up to this version of the lane is included and durable. */
  readonly version: number;
  /** True when this is the answer to an earlier request with the same key. */
  readonly replayed: boolean;
  /** What `show` made of the streams right after the decision. */
  readonly shown: Shown;
};

export type Show<Shown> = (view: View, at: Instant, outcome: Outcome) => Shown;

export type Lane<Command> = {
  /**
   * Decides and makes durable. A retry under the same key hears the first answer; other content
   * under it is rejected as `IdempotencyKeyReused`.
   * @throws Overloaded when too much waits already
   */
  handle<Shown>(command: LaneCommand<Command>, show: Show<Shown>): Promise<Handled<Shown>>;
  /** Looks at streams; what is shown is durable when the promise resolves. @throws Overloaded */
  read<Shown>(streams: readonly string[], show: (view: View, at: Instant) => Shown): Promise<Shown>;
  /** The outcome kept for a record's key, if any; shows only what is durable. */
  outcomeOf(record: CommandRecord): Promise<Outcome | undefined>;
  durableVersion(): number;
  /**
   * Folds the tail of the log and, under a lease, takes over; commands may be sent before, and
   * wait.
   */
  start(): Promise<void>;
  /** Writes what is to be a row while it goes on, so that who opens it next has less to fold. */
  flush(): Promise<void>;
  /** Finishes what was decided; refuses the rest. */
  stop(): Promise<void>;
  /** True once it decides nothing any more: stopped, failed, or another process owns it now. */
  hasEnded(): boolean;
  figures(): LaneFigures;
};

export type LaneFigures = {
  readonly waiting: number;
  readonly streamsInMemory: number;
  readonly unwrittenRows: number;
  readonly durableVersion: number;
  readonly checkpoint: number;
  readonly conflicts: number;
};

export type LaneBounds = {
  /** Commands in one commit. */
  readonly commitCommandsMax: number;
  readonly commitBytesMax: number;
  /**
   * Commands that wait for a place in a commit or for their streams; more are refused as
   * Overloaded.
   */
  readonly waitingMax: number;
  /**
   * The last part of the queue is kept for commands that `isUrgent` names: orders are shed last.
   */
  readonly waitingUrgent: number;
  readonly streamsMax: number;
  readonly recentOutcomesMax: number;
  /** Rows written at once. */
  readonly batchRows: number;
  /** Rows that wait to be written, a KiB of memory each; beyond, only urgent commands are taken. */
  readonly unwrittenRowsMax: number;
};

export const defaultBounds: LaneBounds = {
  commitCommandsMax: 1_000,
  commitBytesMax: 256 * 1024,
  waitingMax: 4_000,
  waitingUrgent: 1_000,
  streamsMax: 100_000,
  recentOutcomesMax: 5_000,
  batchRows: 2_000,
  unwrittenRowsMax: 200_000,
};

/** Once `holds` has been false it stays false: who gets the lane again has a new lease. */
export type LaneLease = Pick<Lease, 'holds'>;

/**
 * The lease under which this process owns a lane just now, if any: the same object until it has
 * ended, and then perhaps another one.
 */
export type LeaseNow = () => LaneLease | undefined;

export type LaneOptions<Command> = LaneId & {
  readonly log: EventLog;
  readonly rows: LaneRows;
  readonly clock: Clock;
  readonly kinds: readonly AnyStreamKind[];
  readonly decide: (
    command: Command,
    view: View,
    at: Instant,
  ) => Decision<DomainEvent, unknown, LaneRejection>;
  /** The command by which a stream hears that its due time has passed. */
  readonly timePassed: (stream: string) => LaneCommand<Command>;
  readonly isUrgent: (record: CommandRecord) => boolean;
  /**
   * What must be true of a stream after each change, in production too; throws BrokenLaw when not.
   */
  readonly checkLaw?: (
    view: View,
    stream: string,
    events: readonly DomainEvent[],
    at: Instant,
  ) => void;
  /** Called when the lane can no longer be sure of itself: nothing more is decided. */
  readonly onFailure: (failure: unknown) => void;
  /**
   * Left out where the store lets nobody else in. While the same lease is held and an append under
   * it has succeeded, memory answers; until then, and without one, the lane first makes certain
   * that nobody else has gone on (head-looks.ts). A lane that meets another owner recovers while it
   * holds a lease, or when it has never held one; one that has lost its lease stops, and whoever
   * waits hears LaneStopped. Readers are answered from memory under a lease, and rely on it that
   * nobody decides without one meanwhile; what a command hears is proved by an append or a look.
   */
  readonly lease?: LeaseNow | undefined;
  /** That of all lanes of the context in this process; of this lane alone when left out. */
  readonly strife?: Strife | undefined;
  readonly bounds?: Partial<LaneBounds>;
};

/** When to ask again whoever is too busy, or not to be reached, for a moment. */
export const retryAfterMs = 250;

/** Too much waits, or nobody has answered in time; the same key may be sent again. */
export class Overloaded extends Error {
  override readonly name = 'Overloaded';
  readonly retryAfterMs: number;
  /**
   * False: nothing was decided, and nothing will be. True: a lane was asked and has not answered,
   * so what the command named must be kept for it; the same key finds its outcome, if there is one.
   */
  readonly mayBeDecided: boolean;
  /**
   * True: the lane's owner cannot be reached from this process. Another one may be the owner, or
   * reach it, and may be asked the same at once, since a repeat finds its first answer.
   */
  readonly elsewhere: boolean;

  constructor(afterMs: number, mayBeDecided = false, elsewhere = false) {
    const why = mayBeDecided ? 'nobody has answered in time' : 'too much waits already';
    super(`${why}; try again in ${afterMs} ms`);
    this.retryAfterMs = afterMs;
    this.mayBeDecided = mayBeDecided;
    this.elsewhere = elsewhere;
  }
}

/**
 * The lane has stopped here; the same command may be asked elsewhere, under its key. Nothing was
 * decided, unless the lane failed: then what was in flight may have become durable.
 */
export class LaneStopped extends Error {
  override readonly name = 'LaneStopped';
}
