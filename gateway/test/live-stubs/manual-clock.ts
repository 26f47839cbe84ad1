import type { LiveClock } from '../../src/live/live-clock.ts';

type Timer = { dueMs: number; readonly periodMs: number | undefined; readonly call: () => void };

/** Time that only moves when a test says so. */
export const manualClock = () => {
  let nowMs = 1_000_000;
  const timers = new Set<Timer>();
  const add = (delayMs: number, periodMs: number | undefined, call: () => void) => {
    const timer = { dueMs: nowMs + delayMs, periodMs, call };
    timers.add(timer);
    return () => void timers.delete(timer);
  };
  const clock: LiveClock = {
    now: () => nowMs,
    monotonicMs: () => nowMs,
    random: () => 0.5,
    after: (delayMs, call) => add(delayMs, undefined, call),
    every: (periodMs, call) => add(periodMs, periodMs, call),
  };
  /** Time goes on, and nothing that is due is called yet: the event loop is busy. */
  const pass = (ms: number) => {
    nowMs += ms;
  };
  const advance = async (ms: number) => {
    const untilMs = nowMs + ms;
    for (;;) {
      await quiet();
      const next = [...timers].sort((a, b) => a.dueMs - b.dueMs)[0];
      if (next === undefined || next.dueMs > untilMs) {
        if (nowMs >= untilMs) return;
        nowMs = untilMs;
        continue;
      }
      nowMs = Math.max(nowMs, next.dueMs);
      if (next.periodMs === undefined) timers.delete(next);
      else next.dueMs += next.periodMs;
      next.call();
    }
  };
  return { clock, advance, pass, timers };
};

/** Lets everything that needs no timer come to rest. */
export const quiet = async () => {
  for (let turn = 0; turn < 4; turn += 1) await new Promise((resolve) => setImmediate(resolve));
};
