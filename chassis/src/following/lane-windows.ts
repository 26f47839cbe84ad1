/** Where one consumer of several lanes stands in each of them, and who waits for more. */
import { genesisHash, type LaneId, laneKey } from '../commit.ts';
import type { Head } from '../log/event-log.ts';
import { type CommitWindow, commitWindow } from './commit-window.ts';

export type LaneWindows = {
  readonly all: ReadonlyMap<string, CommitWindow>;
  /** @param from in the order of the lanes; their beginnings where left out */
  begin(from: readonly Head[]): void;
  finish(commit: LaneId & Head): void;
  /** The version up to which everything is. */
  finished(lane: LaneId): number;
  /**
   * A promise until everything up to `version` is finished: before the begin too, however far that
   * will begin.
   */
  reached(lane: LaneId, version: number): Promise<void> | undefined;
  /** Fails all that wait for a version. */
  stop(failure: Error): void;
};

export function laneWindows(lanes: readonly LaneId[]): LaneWindows {
  const windows = new Map<string, CommitWindow>();
  const begun = Promise.withResolvers<void>();
  // Mostly nobody waits for it.
  begun.promise.catch(() => {});

  const reached = (lane: LaneId, version: number): Promise<void> | undefined =>
    windows.size === 0
      ? begun.promise.then(() => reached(lane, version))
      : windows.get(laneKey(lane))?.reached(version);

  return {
    all: windows,
    begin(from) {
      lanes.forEach((lane, at) => {
        const head = from[at] ?? { version: 0, hash: genesisHash };
        const window = commitWindow(head, 1, () => {});
        windows.set(laneKey(lane), window);
      });
      begun.resolve();
    },
    finish(commit) {
      // Not the commit itself: it would be kept until the next one, and be a part of its position.
      const { version, hash } = commit;
      windows.get(laneKey(commit))?.begin({ version, hash })();
    },
    finished: (lane) => windows.get(laneKey(lane))?.finished().version ?? 0,
    reached,
    stop(failure) {
      begun.reject(failure);
      for (const window of windows.values()) window.stop(failure);
    },
  };
}
