/**
 * Commits that this process has in memory already: those that it publishes, and what another
 * consumer of it has just read. A message that names one by its hash is that commit, and is not
 * read and hashed once more.
 */
import { LRUCache } from 'lru-cache';
import type { Commit, CommitRecord } from '../commit.ts';

const charactersMax = 4 * 1024 * 1024;

export type KnownCommits = {
  add(commit: Commit): void;
  find(head: Omit<CommitRecord, 'body'>): Commit | undefined;
};

export function knownCommits(): KnownCommits {
  const known = new LRUCache<string, Commit>({
    maxSize: charactersMax,
    sizeCalculation: ({ body }) => body.length + 1,
  });
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
