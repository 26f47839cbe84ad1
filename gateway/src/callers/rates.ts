/** How often one caller may hold stock or place an order (INTERFACE "Who"). */
import type { Caller } from '@holdfast/schema/caller';
import type { GraphQLError } from 'graphql';
import { LRUCache } from 'lru-cache';
import { refusal } from '../errors/error-codes.ts';

/** A bucket that holds `burst` and gets `perSecond` back. */
export type Rate = { readonly burst: number; readonly perSecond: number };

export type RateOptions = {
  /** Of each storefront key and address together: the key is public. */
  readonly storefront: Rate;
  /** Of each other key. */
  readonly otherKeys: Rate;
  /** Milliseconds that never go back. */
  now(): number;
};

export type TakeTokens = (
  caller: Caller,
  address: string,
  rootFields: readonly string[],
) => GraphQLError | undefined;

const ratedFields: ReadonlySet<string> = new Set(['reserveStock', 'placeOrder']);
const bucketsMax = 100_000; // some 15 MB; the caller that came longest ago starts anew

const roundingMs = 0.001; // sums of fractions must not refuse what fits exactly

/**
 * @param fullAt when the bucket was or will be full
 * @returns when it is full again after this, and how long to wait before it can pay, which is 0 when
 *   it has paid
 */
const take = (fullAt: number, { burst, perSecond }: Rate, count: number, now: number) => {
  const msPerToken = 1_000 / perSecond;
  // More than a bucket holds would never come together: a full one pays for it.
  const paidMs = Math.min(count, burst) * msPerToken;
  const fullAgainAt = Math.max(fullAt, now) + paidMs;
  const waitMs = Math.ceil(fullAgainAt - now - burst * msPerToken - roundingMs);
  return waitMs > 0 ? { fullAt, waitMs } : { fullAt: fullAgainAt, waitMs: 0 };
};

export const createRates = ({ storefront, otherKeys, now }: RateOptions): TakeTokens => {
  const buckets = new LRUCache<string, number>({ max: bucketsMax });
  return (caller, address, rootFields) => {
    let count = 0;
    for (const field of rootFields) if (ratedFields.has(field)) count += 1;
    if (count === 0) return undefined;
    const isStorefront = caller.role === 'storefront';
    const rate = isStorefront ? storefront : otherKeys;
    const key = isStorefront ? `${caller.id} ${address}` : caller.id;
    const { fullAt, waitMs } = take(buckets.get(key) ?? 0, rate, count, now());
    buckets.set(key, fullAt);
    if (waitMs === 0) return undefined;
    const message = `Too many at once; try again in ${waitMs} ms.`;
    return refusal('RATE_LIMITED', message, { extensions: { retryAfterMs: waitMs } });
  };
};
