/** Writes what a follower has made of a log, however long its store is away. */
import type { StopSignal } from './stop-signal.ts';

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
