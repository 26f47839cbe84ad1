/**
 * Commits that this process has in memory already: those that it publishes, and what another
 * consumer of it has just read. A message that names one by its hash is that commit, and is not
 * read and hashed once more.
 */
import type { Commit, CommitRecord } from '../commit.ts';
import { commitMemory } from '../commit-memory.ts';

export type KnownCommits = {
  add(commit: Commit): void;
  find(head: Omit<CommitRecord, 'body'>): Commit | undefined;
};

export function knownCommits(): KnownCommits {
  const known = commitMemory();
  return {
    add: (commit) => void known.set(commit.hash, commit),
    find({ context, lane, version, commitId, prevHash, hash }) {
      const commit = known.get(hash);
      // A head with a hash of another commit is nobody's.
      const isIt =
        commit?.context === context &&
        commit.lane === lane &&
        commit.version === version &&
        commit.commitId === commitId &&
        commit.prevHash === prevHash;
      return isIt ? commit : undefined;
    },
  };
}
