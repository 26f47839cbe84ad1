import { randomFillSync } from 'node:crypto';
import { v7 } from 'uuid';

/** Milliseconds since 1970 in UTC, whole. */
export type Instant = number;

/** Where time and ids come from. Nothing else in Holdfast reads a clock or a random source. */
export type Clock = {
  now(): Instant;
  /** A new UUID 7: unique, and later ones sort after earlier ones. */
  newId(): string;
  /** Calls `wake` once after `delayMs`; the result cancels it. Keeps no process alive. */
  after(delayMs: number, wake: () => void): () => void;
};

// setTimeout fires at once when its delay does not fit into 31 bits.
const delayMsMax = 2 ** 31 - 1;

const idBytes = 16;
const pooledIds = 512;

/**
 * Random bytes in stock: asking the system for each id's few costs more than all else about the id.
 */
function pooledRandom(): () => Uint8Array {
  const pool = new Uint8Array(idBytes * pooledIds);
  let next = pool.length;
  return () => {
    if (next === pool.length) {
      randomFillSync(pool);
      next = 0;
    }
    next += idBytes;
    return pool.subarray(next - idBytes, next);
  };
}

/**
 * Wall time at start plus the time elapsed since, so that a step of the machine's clock does not
 * reach the log.
 */
export function systemClock(): Clock {
  const startedAt = Date.now() - performance.now();
  const rng = pooledRandom();
  return {
    now: () => Math.floor(startedAt + performance.now()),
    newId: () => v7({ rng }),
    after(delayMs, wake) {
      const timer = setTimeout(wake, Math.min(Math.max(0, delayMs), delayMsMax));
      timer.unref();
      return () => clearTimeout(timer);
    },
  };
}

/** Resolves after `delayMs` of the clock's time. */
export const pause = (clock: Clock, delayMs: number): Promise<void> =>
  new Promise((resolve) => {
    clock.after(delayMs, resolve);
  });
