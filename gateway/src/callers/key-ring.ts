/** The keys that open the gateway. */
import { createHash } from 'node:crypto';
import type { Caller } from '@holdfast/schema/caller';

export type KeyRing = {
  /** Undefined for a key that nobody was given, and for a revoked one. */
  lookup(key: string): Caller | undefined;
  /** Who a request without a key is; undefined where every request needs one. */
  readonly anonymous: Caller | undefined;
};

/** Keys are compared by their hash, so that the time a comparison takes tells nothing of a key. */
export const keyHash = (key: string): string =>
  createHash('sha256').update(key).digest('base64url');

/** @param callers by `keyHash` of their key */
export const keyRing = (
  callers: ReadonlyMap<string, Caller>,
  anonymous: Caller | undefined,
): KeyRing => ({
  lookup: (key) => callers.get(keyHash(key)),
  anonymous,
});
