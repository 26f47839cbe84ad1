/** Time and chance as the live layer needs them; tests drive them by hand. */
export type LiveClock = {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds from some moment on; never goes back. */
  monotonicMs(): number;
  /** From 0 to below 1. */
  random(): number;
  /** Calls back once; the answer cancels. */
  after(delayMs: number, callback: () => void): () => void;
  /** Calls back again and again; the answer stops it. */
  every(periodMs: number, callback: () => void): () => void;
};

type Timer = { readonly dueAt: number; run(): void };
const pending = new Set<Timer>();

const after = (delayMs: number, callback: () => void): (() => void) => {
  const cancel = () => {
    pending.delete(timer);
    clearTimeout(handle);
  };
  const run = () => {
    cancel();
    callback();
  };
  const timer = { dueAt: performance.now() + delayMs, run };
  pending.add(timer);
  const handle = setTimeout(run, delayMs);
  return cancel;
};

export const systemClock: LiveClock = {
  now: Date.now,
  monotonicMs: () => performance.now(),
  random: Math.random,
  after,
  every: (periodMs, callback) => {
    const again = () => {
      cancel = after(periodMs, again);
      callback();
    };
    let cancel = after(periodMs, again);
    return () => cancel();
  },
};

/**
 * Runs the system clock's timers that are due. As long as a thousand sockets (1,024) are ready
 * whenever it looks, libuv reads on, up to 48 times, before it comes to its timers: for four
 * seconds in an overload no badge would be sent, and nobody who waits too long would hear so.
 */
export function runDueTimers(): void {
  const now = performance.now();
  for (const timer of [...pending]) if (timer.dueAt <= now) timer.run();
}
