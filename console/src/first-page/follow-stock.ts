import { createClient } from 'graphql-ws';
import { keepAliveMs, socketUrl } from '../endpoint.ts';
import { freshness, hear, type LiveStock, nothingHeard, type StockMessage } from './live-stock.ts';

const subscription = /* GraphQL */ `
  subscription LiveBadges($skus: [ID!]!, $after: String) {
    availabilityChanged(skus: $skus, after: $after) {
      __typename
      ... on AvailabilitySnapshot { complete cursor availabilities { ...Badge } }
      ... on AvailabilityChange { cursor availability { ...Badge } }
      ... on Heartbeat { cursor }
    }
  }
  fragment Badge on Availability { sku status availableToPromise version asOf item { name } }
`;

const firstWaitMs = 500;
const waitMaxMs = 15_000;
const acknowledgedWithinMs = 5_000;
const lookAtClockMs = 1_000;

/** Closing codes of a gateway that has no anonymous storefront: asking again would not help. */
const keyNeededCodes: readonly number[] = [4401, 4403];

export interface StockFollower {
  /** Something was heard: what is known now. */
  readonly stock: (stock: LiveStock) => void;
  /** Each second; silence is undefined before the first message. */
  readonly clock: (connected: boolean, silenceMs: number | undefined) => void;
  /** The end: this address takes no anonymous storefront. */
  readonly keyNeeded: () => void;
}

/**
 * Half of the wait is random, so that after a restart not all pages come back in the same moment.
 */
const wait = (failures: number) => {
  const longestMs = Math.min(firstWaitMs * 2 ** failures, waitMaxMs);
  const waitMs = longestMs * (0.5 + Math.random() / 2);
  return new Promise((resolve) => setTimeout(resolve, waitMs));
};

/**
 * Follows the SKUs for as long as the page is open; after each break it resumes behind the last
 * cursor.
 */
export const followStock = async (skus: readonly string[], follower: StockFollower) => {
  let stock = nothingHeard;
  let heardAt: number | undefined;
  let connected = false;
  const client = createClient({
    url: socketUrl,
    keepAlive: keepAliveMs,
    connectionAckWaitTimeout: acknowledgedWithinMs,
    retryAttempts: 0, // the loop below retries, with the cursor of then
  });

  setInterval(() => {
    const silenceMs = heardAt === undefined ? undefined : performance.now() - heardAt;
    follower.clock(connected, silenceMs);
    // A socket can be dead without having closed, e.g. after a sleep.
    if (connected && freshness(connected, silenceMs) === 'stale') client.terminate();
  }, lookAtClockMs);

  for (let failures = 0; ; failures += 1) {
    try {
      const messages = client.iterate<{ availabilityChanged: StockMessage }>({
        query: subscription,
        variables: { skus, after: stock.cursor },
      });
      for await (const { data } of messages) {
        if (!data) break;
        connected = true;
        failures = 0;
        heardAt = performance.now();
        stock = hear(stock, data.availabilityChanged);
        follower.stock(stock);
        follower.clock(connected, 0);
      }
    } catch (closed) {
      if (closed instanceof CloseEvent && keyNeededCodes.includes(closed.code)) {
        follower.keyNeeded();
        return;
      }
    }
    connected = false;
    await wait(failures);
  }
};
