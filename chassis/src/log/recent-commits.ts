/**
 * Commits that a log has just acknowledged to this process, for the one who reads them next: its
 * relay. They are what a read would find, since a commit that is durable never changes.
 */
import { type Commit, type LaneId, laneKey } from '../commit.ts';
import { commitMemory } from '../commit-memory.ts';

export type RecentCommits = {
  acknowledged(commit: Commit): void;
  /** Those from `fromVersion` on that follow one another, at most `limit`; each is told once. */
  take(lane: LaneId, fromVersion: number, limit: number): readonly Commit[];
};

const keyOf = (lane: LaneId, version: number) => `${laneKey(lane)}\n${version}`;

export function recentCommits(): RecentCommits {
  const known = commitMemory();
  return {
    acknowledged(commit) {
      known.set(keyOf(commit, commit.version), commit);
    },
    take(lane, fromVersion, limit) {
      const taken: Commit[] = [];
      for (let version = fromVersion; taken.length < limit; version += 1) {
        const commit = known.get(keyOf(lane, version));
        if (!commit) break;
        known.delete(keyOf(lane, version));
        taken.push(commit);
      }
      return taken;
    },
  };
}
