/**
 * Virtual time. What happens is what is due next, and everything that it sets off without waiting
 * (promises) has happened before the next one begins: one seed is one schedule, whatever the
 * machine does meanwhile.
 */
import { dueAt, dueHeap } from './due-heap.ts';

export type Scheduler = {
  /** Milliseconds since the beginning. */
  now(): number;
  /** @returns cancels it */
  after(delayMs: number, run: () => void): () => void;
  /** Runs what is due until `done` says so or nothing is left. @throws when what is run throws */
  run(done: () => boolean): Promise<void>;
  steps(): number;
  /** Over the moments and the order of everything that has happened. */
  hash(): number;
};

export function createScheduler(): Scheduler {
  const waiting = dueHeap();
  let now = 0;
  let order = 0;
  let steps = 0;
  let hash = 0x811c9dc5;

  const nextDue = () => {
    for (let due = waiting.pop(); due; due = waiting.pop()) {
      // A heap that lies makes time run backwards, and findings of bugs that are none.
      if (due.at < now) throw new Error(`time went backwards, from ${now} to ${due.at}`);
      if (due.run) return due;
    }
    return undefined;
  };

  /** False when nothing is left. */
  const step = (): boolean => {
    const due = nextDue();
    if (!due) return false;
    now = due.at;
    steps += 1;
    hash = Math.imul(Math.imul(hash ^ due.at, 0x01000193) ^ due.order, 0x01000193) >>> 0;
    due.run?.();
    return true;
  };

  return {
    now: () => now,
    after(delayMs, run) {
      const due = dueAt(now + Math.max(0, Math.ceil(delayMs)), order, run);
      order += 1;
      waiting.push(due);
      return () => {
        due.run = undefined;
      };
    },
    run: (done) => runSteps(() => !done() && step()),
    steps: () => steps,
    hash: () => hash,
  };
}

/** Steps between two turns of the machine's own loop. */
const stepsAtOnce = 64;

/** Between two immediates all promises that can settle have settled. */
const runSteps = (step: () => boolean): Promise<void> =>
  new Promise((resolve, reject) => {
    let ended = false;
    const oneStep = () => {
      if (ended) return;
      try {
        if (step()) return;
        resolve();
      } catch (failure) {
        reject(failure);
      }
      ended = true;
    };
    const some = () => {
      if (ended) return;
      for (let count = 0; count < stepsAtOnce; count += 1) setImmediate(oneStep);
      setImmediate(some);
    };
    some();
  });
