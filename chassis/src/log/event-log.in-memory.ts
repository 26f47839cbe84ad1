import { type Commit, decodeCommit, genesisHash, type LaneId, laneKey } from '../commit.ts';
import type { AppendListener, EventLog } from './event-log.ts';

/** A log that lives as long as the returned functions: for simulations and specifications. */
export function inMemoryEventLog(): EventLog {
  const lanes = new Map<string, Commit[]>();
  const listeners = new Set<AppendListener>();
  const commitsOf = (lane: LaneId) => lanes.get(laneKey(lane)) ?? [];

  return {
    async append(commit) {
      const { context, lane } = commit;
      const commits = commitsOf(commit);
      if (commit.version <= commits.length) return 'taken';
      if (commit.version > commits.length + 1) throw new Error('a version before this is missing');
      // From its text: what the body does not say is not stored.
      commits.push(decodeCommit(commit));
      lanes.set(laneKey(commit), commits);
      for (const listener of listeners) listener({ context, lane }, commit.version);
      return 'appended';
    },
    read: async (lane, fromVersion, limit) => {
      const from = Math.max(1, fromVersion) - 1;
      return commitsOf(lane).slice(from, from + limit);
    },
    async head(lane) {
      const last = commitsOf(lane).at(-1);
      return { version: last?.version ?? 0, hash: last?.hash ?? genesisHash };
    },
    onAppended(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
