/** A new store that a log is taken into. */
import type { Commit } from '@holdfast/chassis/commit';
import type { Position } from '@holdfast/chassis/read-model/read-model';
import type { Caller } from '@holdfast/schema/caller';

/** A caller and the hash of the key: who reads it cannot call. */
export type KnownCaller = { readonly hash: string; readonly caller: Caller };

export type ImportTarget = {
  /** Where it is, for people. */
  readonly shown: string;
  /** Of each context; the store is made with so many. */
  readonly laneCount: number;
  /**
   * Takes the store for this import, until `finish`: nobody may start on a part of a log.
   *
   * @param secret that keys the hashes of inputs; undefined: one of its own
   * @throws Refused, StoreFailure when it is not empty
   */
  begin(secret: string | undefined): Promise<void>;
  /** @throws StoreFailure when the commit is not durable */
  append(commit: Commit): Promise<void>;
  /** @param keys by subject */
  keepPersonalKeys(keys: Readonly<Record<string, string>>): Promise<void>;
  /** @param owner the context whose followers these are */
  keepPositions(owner: string, positions: readonly Position[]): Promise<void>;
  /** Whoever could call before can call here with the same key, and is the same caller. */
  keepCallers(callers: readonly KnownCaller[]): Promise<void>;
  /** From now on it is a store like any other. */
  finish(): Promise<void>;
  close(): Promise<void>;
};

export const keysOf = (personalKeys: Readonly<Record<string, string>>) =>
  Object.entries(personalKeys).map(
    ([subject, key]) => [subject, Buffer.from(key, 'base64url')] as const,
  );
