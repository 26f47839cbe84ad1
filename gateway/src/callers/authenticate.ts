/** Turns the key that a request carries into its caller. */
import type { Caller } from '@holdfast/schema/caller';
import type { KeyRing } from './key-ring.ts';

export type Authentication =
  /** A known key, or none where none is needed. */
  | { readonly type: 'known'; readonly caller: Caller }
  /** No key where one is needed. */
  | { readonly type: 'keyMissing' }
  /** A key that is no text or that nobody was given. */
  | { readonly type: 'keyUnknown' };

/**
 * At once for what is known; a key that is not known may have been made just now.
 *
 * @param authorization the header's or `connection_init`'s value: `Bearer KEY` or `KEY`
 */
export type Authenticate = (authorization: unknown) => Authentication | Promise<Authentication>;

const bearer = /^bearer +/i;

/** Longer ones are nobody's: they are not looked for where keys are kept. */
const keyLengthMax = 512;

const authenticated = (caller: Caller | undefined): Authentication =>
  caller ? { type: 'known', caller } : { type: 'keyUnknown' };

export const createAuthenticate =
  (keys: KeyRing): Authenticate =>
  (authorization) => {
    if (authorization === undefined) {
      const caller = keys.anonymous;
      return caller ? { type: 'known', caller } : { type: 'keyMissing' };
    }
    if (typeof authorization !== 'string') return { type: 'keyUnknown' };
    const key = authorization.replace(bearer, '').trim();
    if (key === '' || key.length > keyLengthMax) return { type: 'keyUnknown' };
    const caller = keys.lookup(key);
    return caller ? authenticated(caller) : keys.lookupAgain(key).then(authenticated);
  };
