/** A store read from outside, beside the system that writes it. */
import type { Commit } from '../commit.ts';
import type { Position } from '../read-model/read-model.ts';

/** What a log needs beside itself to go on elsewhere. */
export type StoreSecrets = {
  readonly meta: Readonly<Record<string, string>>;
  /** Subject to key, base64url. */
  readonly personalKeys: Readonly<Record<string, string>>;
  /**
   * How far each follower had come in the lanes that it follows, at most as far as the log;
   * undefined where that is not known any more.
   */
  readonly positions: readonly Position[] | undefined;
  /** Of each context. */
  readonly lanes: number;
};

export type StoredLog = {
  /**
   * By context, lane and version, up to where each log was when it was opened.
   *
   * @throws StoreCorrupt
   */
  commits(): AsyncIterable<Commit> | Iterable<Commit>;
  secrets(): Promise<StoreSecrets>;
  /** Groups of events that wait in some follower for another attempt, or for somebody. */
  parkedGroups(): Promise<number>;
  close(): Promise<void>;
};

export const textOfKey = (key: unknown): string =>
  Buffer.from(key instanceof Uint8Array ? key : []).toString('base64url');
