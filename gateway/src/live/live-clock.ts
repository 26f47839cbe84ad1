/** Time as the live layer needs it; tests drive it by hand. */
export type LiveClock = {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds from some moment on; never goes back. */
  monotonicMs(): number;
  /** Calls back once; the answer cancels. */
  after(delayMs: number, callback: () => void): () => void;
  /** Calls back again and again; the answer stops it. */
  every(periodMs: number, callback: () => void): () => void;
};

export const systemClock: LiveClock = {
  now: Date.now,
  monotonicMs: () => performance.now(),
  after: (delayMs, callback) => {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  every: (periodMs, callback) => {
    const timer = setInterval(callback, periodMs);
    return () => clearInterval(timer);
  },
};
