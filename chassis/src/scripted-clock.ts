/** A clock that a test moves by hand; ids are counted, so that two runs are the same. */
import { binaryHeap } from './binary-heap.ts';
import type { Clock, Instant } from './clock.ts';

export type ScriptedClock = Clock & {
  /**
   * Moves time on, calling what falls due on the way at its own time, and lets promises settle in
   * between.
   */
  advance(byMs: number): Promise<void>;
  /** Moves time without calling anything, as a step of the machine's clock does; backwards too. */
  step(byMs: number): void;
  /** Lets promises settle, without time. */
  settle(): Promise<void>;
  /** Calls that have not fallen due. */
  waiting(): number;
};

type Call = { readonly at: Instant; readonly order: number; wake: (() => void) | undefined };

// Chains of promises in this project are far shorter; a real store's answers need more, see
// `settleWith`.
const settleTurns = 200;

/** @param settleOnce gives way to whatever else is to happen; by default to promises only */
export function scriptedClock(
  startsAt: Instant = Date.UTC(2026, 0, 1),
  settleOnce: () => Promise<void> = () => Promise.resolve(),
): ScriptedClock {
  const calls = binaryHeap<Call>((a, b) => a.at - b.at || a.order - b.order);
  let now = startsAt;
  let order = 0;
  let ids = 0;
  let waiting = 0;

  const settle = async () => {
    for (let turn = 0; turn < settleTurns; turn += 1) await settleOnce();
  };

  return {
    now: () => now,
    newId() {
      ids += 1;
      return `00000000-0000-7000-8000-${String(ids).padStart(12, '0')}`;
    },
    after(delayMs, wake) {
      const call: Call = { at: now + Math.max(0, delayMs), order, wake };
      order += 1;
      waiting += 1;
      calls.push(call);
      return () => {
        if (call.wake) waiting -= 1;
        call.wake = undefined;
      };
    },
    async advance(byMs) {
      const until = now + byMs;
      await settle();
      for (let next = calls.peek(); next && next.at <= until; next = calls.peek()) {
        calls.pop();
        if (!next.wake) continue;
        now = Math.max(now, next.at);
        waiting -= 1;
        const { wake } = next;
        next.wake = undefined;
        wake();
        await settle();
      }
      now = Math.max(now, until);
      await settle();
    },
    step(byMs) {
      now += byMs;
    },
    settle,
    waiting: () => waiting,
  };
}
