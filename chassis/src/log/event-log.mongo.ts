import type { Collection } from 'mongodb';
import { type Commit, genesisHash } from '../commit.ts';
import { tellingAway } from '../mongo/away.mongo.ts';
import { bulkInserter } from '../mongo/bulk-inserter.mongo.ts';
import { oncePerContext } from '../mongo/once-per-context.ts';
import type { MongoStore } from '../mongo/store.mongo.ts';
import { readsById, readsByRange } from './commit-reads.mongo.ts';
import type { AppendListener, EventLog } from './event-log.ts';
import { recentCommits } from './recent-commits.ts';
import {
  commitFromStored,
  commitKey,
  type StoredCommit,
  versionMax,
} from './stored-commit.mongo.ts';

export function mongoEventLog(
  store: MongoStore,
  readsOf = store.rangesAreIndexed ? readsByRange : readsById,
): EventLog {
  const listeners = new Set<AppendListener>();
  const recent = recentCommits();
  const logOf = oncePerContext((context) => {
    const collection: Collection<StoredCommit> = store.collection(context, 'log');
    return { ...readsOf(collection), insert: bulkInserter(collection, ({ body }) => body.length) };
  });

  const asked = tellingAway<Pick<EventLog, 'append' | 'read' | 'head'>>({
    async append(commit) {
      const { context, lane, version, commitId, prevHash, hash, body } = commit;
      if (version > versionMax) throw new Error('a lane has no more versions');
      const _id = commitKey(lane, version);
      const result = await logOf(context).insert({ _id, commitId, prevHash, hash, body });
      if (result === 'taken') return 'taken';
      recent.acknowledged(commit);
      for (const listener of listeners) listener({ context, lane }, version);
      return 'appended';
    },
    async read(lane, fromVersion, limit) {
      if (limit < 1) return [];
      const from = Math.max(1, fromVersion);
      const commits: Commit[] = [...recent.take(lane, from, limit)];
      if (commits.length === limit) return commits;
      const next = from + commits.length;
      for (const stored of await logOf(lane.context).page(lane, next, limit - commits.length)) {
        // A later version may be visible before an earlier one: what is dense is all there is yet.
        if (stored._id !== commitKey(lane.lane, from + commits.length)) break;
        commits.push(commitFromStored(lane, stored));
      }
      return commits;
    },
    async head(lane) {
      const last = await logOf(lane.context).last(lane);
      if (!last) return { version: 0, hash: genesisHash };
      const { version, hash } = commitFromStored(lane, last);
      return { version, hash };
    },
  });
  return {
    ...asked,
    onAppended(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
