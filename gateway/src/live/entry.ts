/** One key of a feed, a SKU or an order: who follows it, and what is being made of its events. */
import type { ExecutionResult, GraphQLError } from 'graphql';
import type { Batch } from './batch.ts';
import type { Cursor } from './cursor.ts';
import type { LivePlan } from './live-plan.ts';

/** Came from upstream and is not yet a body. */
export type Arrived = {
  readonly cursor: Cursor;
  readonly version: number;
  /** When it came, by the monotonic clock. */
  readonly cameAtMs: number;
  readonly result: ExecutionResult;
  /** The plan under which it was asked for: a reload must not shape it by another. */
  readonly plan: LivePlan;
};

/** Executed and serialized once, for all who follow its entry. */
export type LiveEvent = {
  readonly entry: Entry;
  readonly cursor: Cursor;
  readonly version: number;
  readonly cameAtMs: number;
  readonly body: string;
};

export type Follower = {
  offer(event: LiveEvent): void;
  /** What was shared no longer joins on to what this client has: it must catch up again. */
  restart(): void;
  fail(errors: readonly GraphQLError[]): void;
};

/** A client of a feed. */
export type Member = Follower & {
  /** The supergraph is another now. */
  replanned(): void;
  /** Ends it without a word. */
  end(): void;
};

export type Entry = {
  readonly key: string;
  readonly batch: Batch;
  /** To each follower the version that its own catch-up has told; 0 where that told none. */
  readonly followers: Map<Follower, number>;
  /** Of the last event that came; a repeat after a lost connection is known by it. */
  version: number;
  executing: Arrived | undefined;
  /** Position of the oldest event that is executed and not yet offered. */
  stagedFrom: number | undefined;
  readonly waiting: Arrived[];
};

export const newEntry = (key: string, batch: Batch): Entry => ({
  key,
  batch,
  followers: new Map(),
  version: 0,
  executing: undefined,
  stagedFrom: undefined,
  waiting: [],
});
