import { type Clock, pause } from '../clock.ts';
import type { Commit } from '../commit.ts';
import { type EventLog, StoreCorrupt, sameCommit } from './event-log.ts';

const firstPauseMs = 20;
const pauseMsMax = 1_000;

/**
 * Appends until it is certain what became of the commit (DESIGN 2, unknown outcome): an append that
 * failed may be stored or may still land, so the same commit is appended again until it is accepted
 * or its version is taken; then the winner is read, and it may be this one.
 *
 * @returns true when the commit is durable, false when another one has its version or `stopped` says
 *   to give up
 */
export async function appendUntilSettled(
  log: EventLog,
  clock: Clock,
  commit: Commit,
  stopped: () => boolean,
): Promise<boolean> {
  for (let pauseMs = firstPauseMs; !stopped(); pauseMs = Math.min(2 * pauseMs, pauseMsMax)) {
    try {
      if ((await log.append(commit)) === 'appended') return true;
      const [winner] = await log.read(commit, commit.version, 1);
      // A taken version that cannot be read yet is not settled: only the winner says whose it is.
      if (winner) return sameCommit(winner, commit);
    } catch (failure) {
      if (failure instanceof StoreCorrupt) throw failure;
    }
    await pause(clock, pauseMs);
  }
  return false;
}
