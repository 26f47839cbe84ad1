/**
 * The port to the keys of callers where they are kept in the store: their hashes only, so that who
 * reads the store cannot call. A revoked key stays, so that everybody hears that it is.
 */
import type { Caller } from '@holdfast/schema/caller';
import type { Instant } from '../clock.ts';

export type ApiKey = {
  /** Of the key itself; nobody can tell the key from it. */
  readonly hash: string;
  readonly caller: Caller;
  readonly createdAt: Instant;
  readonly revokedAt: Instant | undefined;
};

export type ApiKeyPage = {
  /** Only what was created or revoked then or later; clocks differ, so ask some time back. */
  readonly changedSince: Instant;
  /** Only hashes that sort after this one; empty for the first page. */
  readonly after: string;
  readonly limit: number;
};

export type ApiKeys = {
  /** Durable when this resolves. The same hash again: nothing happens, the first one stands. */
  create(key: Omit<ApiKey, 'revokedAt'>): Promise<void>;
  /** Of all keys with this caller's id; how many that ended. A revoked key keeps its moment. */
  revoke(callerId: string, at: Instant): Promise<number>;
  /** By hash, revoked ones included. */
  list(page: ApiKeyPage): Promise<readonly ApiKey[]>;
  /** Revoked or not; undefined when nobody ever made it. */
  lookup(hash: string): Promise<ApiKey | undefined>;
};
