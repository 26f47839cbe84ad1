/** Keys that are made and revoked while the gateway runs: read again where they are kept. */
import type { Caller } from '@holdfast/schema/caller';
import { type LiveClock, systemClock } from '../live/live-clock.ts';
import type { Logger } from '../logger.ts';
import { type KeyRing, keyHash } from './key-ring.ts';

/** A revoked key is to stop working within 5 s. */
export const rereadPeriodMs = 2_000;
/** Between two readings, however many unknown keys come. */
export const rereadGapMs = 250;
/** Requests with unknown keys that wait for a reading; more are refused at once. */
const waitingMax = 1_000;

export type KeySource = {
  /** All keys that are valid now: their callers by `keyHash`. */
  readonly read: () => Promise<ReadonlyMap<string, Caller>>;
  readonly anonymous: Caller | undefined;
  /** The system's when left out. */
  readonly clock?: LiveClock;
  readonly logger: Logger;
};

export type RereadKeyRing = KeyRing & {
  /** Why nobody can be sure of its keys; undefined while they are read as they should. */
  notReady(): string | undefined;
  stop(): void;
};

/** By `keyHash`. */
type Callers = ReadonlyMap<string, Caller>;

type Listeners = Set<(callerIds: ReadonlySet<string>) => void>;

/** Tells of those who are no longer there under any key. */
const tellRevoked = (before: Callers, after: Callers, listeners: Listeners): void => {
  const there = new Set([...after.values()].map(({ id }) => id));
  const revoked = new Set<string>();
  for (const { id } of before.values()) if (!there.has(id)) revoked.add(id);
  if (revoked.size === 0) return;
  for (const listener of listeners) listener(revoked);
};

/**
 * Reads now and then, one reading after the other. A reading that fails leaves the keys as they
 * were: who was known stays known while the store is away.
 */
const createReader = (source: Required<KeySource>, first: Callers, listeners: Listeners) => {
  const { read, logger, clock } = source;
  let callers = first;
  let failedSince: number | undefined;
  let nextAtMs = clock.monotonicMs() + rereadGapMs;
  let coming: Promise<void> | undefined;
  let running: Promise<void> = Promise.resolve();
  let isStopped = false;

  const readNow = async () => {
    if (isStopped) return;
    nextAtMs = clock.monotonicMs() + rereadGapMs;
    try {
      const found = await read();
      const before = callers;
      callers = found;
      failedSince = undefined;
      tellRevoked(before, found, listeners);
    } catch (cause) {
      // Told once; readiness goes on telling it. After a stop what it reads from is closed.
      if (failedSince === undefined && !isStopped) {
        logger.error('keys could not be read; those known stay valid', { cause: String(cause) });
      }
      failedSince ??= clock.monotonicMs();
    }
  };

  const readNext = async () => {
    await running; // An older answer must not come after a newer one.
    const pauseMs = nextAtMs - clock.monotonicMs();
    if (pauseMs > 0) await new Promise<void>((resolve) => void clock.after(pauseMs, resolve));
    // From here on a key may be made that this reading does not see.
    coming = undefined;
    running = readNow();
    await running;
  };

  return {
    find: (key: string) => callers.get(keyHash(key)),
    /** The reading that begins next: whoever asks meanwhile waits for the same one. */
    reading: (): Promise<void> => {
      coming ??= readNext();
      return coming;
    },
    failedSince: () => failedSince,
    stop: () => {
      isStopped = true;
    },
  };
};

/** @throws when the first reading fails */
export const rereadKeyRing = async (source: KeySource): Promise<RereadKeyRing> => {
  const { clock = systemClock, anonymous } = source;
  const listeners: Listeners = new Set();
  // A gateway that cannot read keys at its start says so, instead of refusing everybody.
  const reader = createReader({ ...source, clock }, await source.read(), listeners);
  let waiting = 0;
  const stopPeriod = clock.every(rereadPeriodMs, () => void reader.reading());
  return {
    anonymous,
    lookup: reader.find,
    async lookupAgain(key) {
      if (waiting >= waitingMax) return undefined;
      waiting += 1;
      try {
        await reader.reading();
        return reader.find(key);
      } finally {
        waiting -= 1;
      }
    },
    onRevoked(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    notReady() {
      const failedSince = reader.failedSince();
      if (failedSince === undefined) return undefined;
      const seconds = Math.round((clock.monotonicMs() - failedSince) / 1_000);
      return `keys could not be read for ${seconds} s`;
    },
    stop() {
      stopPeriod();
      reader.stop();
    },
  };
};
