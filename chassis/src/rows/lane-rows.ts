/**
 * The port to the rows beside a log: what a lane would fold from its log, kept so that it need not.
 * Rows are written from durable state only, and only over a lower version; all of them could be
 * made again.
 */
import type { Instant } from '../clock.ts';
import type { LaneId, Outcome } from '../commit.ts';

/** A stream folded up to and including the lane's `version`. */
export type StreamRow = {
  readonly stream: string;
  readonly version: number;
  /** JSON text. */
  readonly state: string;
  /** When the stream wants to be woken next. */
  readonly due: Instant | undefined;
};

/** What was answered under an idempotency key, and until when that is remembered. */
export type OutcomeRow = {
  /** Caller, mutation and key. */
  readonly id: string;
  readonly input: string;
  readonly outcome: Outcome;
  readonly version: number;
  readonly keepUntil: Instant;
};

export type RowBatch = {
  readonly streams: readonly StreamRow[];
  readonly outcomes: readonly OutcomeRow[];
  /**
   * Every row is current up to this version of the lane; undefined while that is not known to have
   * grown.
   */
  readonly checkpoint: number | undefined;
};

export type Due = { readonly stream: string; readonly due: Instant };

export type LaneRows = {
  /** 0 when there is none. */
  checkpoint(lane: LaneId): Promise<number>;
  streams(lane: LaneId, names: readonly string[]): Promise<readonly (StreamRow | undefined)[]>;
  outcomes(lane: LaneId, ids: readonly string[]): Promise<readonly (OutcomeRow | undefined)[]>;
  /** Ids of kept outcomes in order, after `afterId`, at most `limit`. */
  outcomeIds(lane: LaneId, afterId: string, limit: number): Promise<readonly string[]>;
  /** Names of streams that begin so, in order, after `afterName`, at most `limit`. */
  streamNames(
    lane: LaneId,
    prefix: string,
    afterName: string,
    limit: number,
  ): Promise<readonly string[]>;
  /** Streams to be woken before `until`, soonest first, at most `limit`. */
  due(lane: LaneId, until: Instant, limit: number): Promise<readonly Due[]>;
  /** The checkpoint only after all rows; a part of the rows does no harm. */
  write(lane: LaneId, batch: RowBatch): Promise<void>;
};

/** After all names that begin so and go on in ASCII, as ids do. */
export const endOfNames = (prefix: string): string => `${prefix}\u{7f}`;
