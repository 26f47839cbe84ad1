/** The keys that open the gateway. */
import { hash } from 'node:crypto';
import type { Caller } from '@holdfast/schema/caller';

export type KeyRing = {
  /** Undefined for a key that is not known, or not any more. */
  lookup(key: string): Caller | undefined;
  /** Looks again where keys are kept, for one that may have been made just now. */
  lookupAgain(key: string): Promise<Caller | undefined>;
  /**
   * Calls with the ids of callers whose keys have been revoked, so that what they have open ends
   * too. The answer takes the listener away.
   */
  onRevoked(listener: (callerIds: ReadonlySet<string>) => void): () => void;
  /** Who a request without a key is; undefined where every request needs one. */
  readonly anonymous: Caller | undefined;
};

/** Keys are compared by their hash, so that the time a comparison takes tells nothing of a key. */
export const keyHash = (key: string): string => hash('sha256', key, 'base64url');

/**
 * Keys that stay as they are while the gateway runs.
 *
 * @param callers by `keyHash` of their key
 */
export const keyRing = (
  callers: ReadonlyMap<string, Caller>,
  anonymous: Caller | undefined,
): KeyRing => ({
  lookup: (key) => callers.get(keyHash(key)),
  lookupAgain: async () => undefined,
  onRevoked: () => () => {},
  anonymous,
});
