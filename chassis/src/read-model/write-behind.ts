/** Writes what a follower has made of a log, however long its store is away. */
import type { StopSignal } from '../stop-signal.ts';

const pauseAfterFailureMs = 250;

/**
 * @returns false when it was given up: after that no position may be told any more, so that what is
 *   missing is made again after the next start
 */
export async function writtenBehind(
  write: () => Promise<void>,
  stopping: StopSignal,
  isOver: () => boolean = stopping.stopped,
): Promise<boolean> {
  for (;;) {
    try {
      await write();
      return true;
    } catch {
      if (isOver()) return false;
      await stopping.pause(pauseAfterFailureMs);
    }
  }
}

/** One write at a time, and at most one behind it, for all that comes until its turn. */
export function oneAfterAnother(write: () => Promise<void>) {
  let running: Promise<void> = Promise.resolve();
  let waiting: Promise<void> | undefined;
  const turn = () => {
    waiting = undefined;
    return write();
  };
  return {
    /** Resolves when what there is now has been written. */
    flush(): Promise<void> {
      if (!waiting) {
        waiting = running.then(turn);
        running = waiting;
      }
      return waiting;
    },
    isWaiting: () => waiting !== undefined,
  };
}
