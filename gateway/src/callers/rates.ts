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
const bucketsMax = 100_000; // some 20 MB; the caller that came longest ago starts anew

type Bucket = { tokens: number; at: number };

/** @returns milliseconds until `count` tokens are there; 0 when they have been taken */
const take = (bucket: Bucket, rate: Rate, count: number, now: number): number => {
  const refilled = bucket.tokens + ((now - bucket.at) * rate.perSecond) / 1_000;
  bucket.tokens = Math.min(rate.burst, refilled);
  bucket.at = now;
  // More than a bucket holds would never come together: a full one pays for it.
  const wanted = Math.min(count, rate.burst);
  if (bucket.tokens >= wanted) {
    bucket.tokens -= wanted;
    return 0;
  }
  return Math.ceil(((wanted - bucket.tokens) / rate.perSecond) * 1_000);
};

export const createRates = ({ storefront, otherKeys, now }: RateOptions): TakeTokens => {
  const buckets = new LRUCache<string, Bucket>({ max: bucketsMax });
  return (caller, address, rootFields) => {
    let count = 0;
    for (const field of rootFields) if (ratedFields.has(field)) count += 1;
    if (count === 0) return undefined;
    const isStorefront = caller.role === 'storefront';
    const rate = isStorefront ? storefront : otherKeys;
    const key = isStorefront ? `${caller.id} ${address}` : caller.id;
    let bucket = buckets.get(key);
    if (bucket === undefined) {
      bucket = { tokens: rate.burst, at: now() };
      buckets.set(key, bucket);
    }
    const retryAfterMs = take(bucket, rate, count, now());
    if (retryAfterMs === 0) return undefined;
    const message = `Too many at once; try again in ${retryAfterMs} ms.`;
    return refusal('RATE_LIMITED', message, { extensions: { retryAfterMs } });
  };
};
