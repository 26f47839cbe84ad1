/** Where the processes of one subgraph are, and which one is asked next. */

import { laneOfPlace } from '@holdfast/schema/identifiers';
import type { OwnedLanes } from '@holdfast/schema/subgraph';
import { connectionsMax } from './http-post.ts';

/** One process. Its figures are kept by those who ask it. */
export type Address = {
  /** e.g. http://10.0.0.7:4001 */
  readonly origin: string;
  /** Calls that it has not answered yet. */
  running: number;
  /** Subscriptions that are open at it. */
  streams: number;
  /** Why it is not ready, as it said itself; undefined when it is. */
  unreadyBecause: string | undefined;
  /** Those that it decides for itself, as it said last; undefined when it has said none. */
  lanes: OwnedLanes | undefined;
  /** In a row; each makes it avoided for longer. */
  failures: number;
  avoidedUntilMs: number;
};

const firstAvoidMs = 250;
const longestAvoidMs = 4_000;

export const newAddress = (origin: string): Address => ({
  ...{ origin, running: 0, streams: 0, failures: 0, avoidedUntilMs: 0 },
  unreadyBecause: 'it has not been asked yet',
  lanes: undefined,
});

export const noteFailure = (address: Address, nowMs: number): void => {
  const avoidMs = Math.min(longestAvoidMs, firstAvoidMs * 2 ** address.failures);
  address.failures += 1;
  address.avoidedUntilMs = nowMs + avoidMs;
};

export const noteAnswer = (address: Address): void => {
  address.failures = 0;
  address.avoidedUntilMs = 0;
};

/** 0: good; then those that say they are not ready; those that failed just now come last. */
const rank = ({ avoidedUntilMs, unreadyBecause }: Address, nowMs: number): number =>
  avoidedUntilMs > nowMs ? 2 : unreadyBecause === undefined ? 0 : 1;

/**
 * The one with the least to do among the best there are, so that a slow process gets less; in turn
 * where several have as little. Nobody is out for good: without a better one a bad one is asked.
 */
export const createPick = (addresses: readonly Address[], now: () => number) => {
  let turn = 0;
  return (
    load: 'running' | 'streams',
    tried: ReadonlySet<Address> = new Set(),
  ): Address | undefined => {
    const nowMs = now();
    turn += 1;
    let best: Address | undefined;
    for (let step = 0; step < addresses.length; step += 1) {
      const address = addresses[(turn + step) % addresses.length];
      if (address === undefined || tried.has(address)) continue;
      const better = best ? rank(address, nowMs) - rank(best, nowMs) : -1;
      if (better < 0 || (better === 0 && best && address[load] < best[load])) best = address;
    }
    // After its time one call goes there again; others follow when that one is answered.
    if (best && best.failures > 0 && best.avoidedUntilMs <= nowMs) {
      best.avoidedUntilMs = nowMs + longestAvoidMs;
    }
    return best;
  };
};

/**
 * Calls that an owner is given: what comes beyond its connections waits for one. Whom they would be
 * given to instead would ask the owner all the same, over the broker.
 */
const ownerCallsMax = 4 * connectionsMax;

/**
 * Who decides what lies at this place (`placeOf`): asked elsewhere it takes one call more. A
 * process that has very much to do already is not given more for that.
 */
export const ownerOf = (addresses: readonly Address[], place: string): Address | undefined =>
  addresses.find(({ lanes, running, unreadyBecause, failures }) => {
    const isGood = unreadyBecause === undefined && failures === 0 && running < ownerCallsMax;
    return isGood && lanes?.owned.includes(laneOfPlace(place, lanes.count));
  });

export type Pick = ReturnType<typeof createPick>;
