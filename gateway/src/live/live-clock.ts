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

export const systemClock: LiveClock = {
  now: Date.now,
  monotonicMs: () => performance.now(),
  random: Math.random,
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  every: (periodMs, callback) => {
    const timer = setInterval(callback, periodMs);
    return () => clearInterval(timer);
  },
};
