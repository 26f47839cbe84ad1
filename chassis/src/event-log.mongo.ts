import type { Collection } from 'mongodb';
import { tellingAway } from './away.mongo.ts';
import { bulkAppender } from './bulk-appender.mongo.ts';
import { type Commit, genesisHash, type LaneId } from './commit.ts';
import type { EventLog, Head } from './event-log.ts';
import { type MongoStore, workWithinMs } from './store.mongo.ts';
import {
  commitFromStored,
  commitKey,
  laneEnd,
  lanePrefix,
  type StoredCommit,
  versionMax,
} from './stored-commit.mongo.ts';

type Log = Collection<StoredCommit>;

/** What is new since the last look is rarely more. */
const oneByOneMax = 4;

/**
 * Where a range is a scan, commits are first asked for one by one: most looks find nothing, and
 * those that do find one or two.
 */
async function readOneByOne(log: Log, lane: LaneId, from: number, limit: number) {
  const commits: Commit[] = [];
  while (commits.length < Math.min(limit, oneByOneMax)) {
    const [next] = await readPage(log, lane, from + commits.length, 1);
    if (!next) return commits;
    commits.push(next);
  }
  const rest = await readPage(log, lane, from + commits.length, limit - commits.length);
  return [...commits, ...rest];
}

async function readPage(
  log: Log,
  lane: LaneId,
  from: number,
  limit: number,
): Promise<readonly Commit[]> {
  if (limit < 1) return [];
  const ids = { $gte: commitKey(lane.lane, from), $lt: commitKey(lane.lane, from + limit) };
  // One by its id alone: that is never a scan, whatever the server.
  const filter = { _id: limit === 1 ? commitKey(lane.lane, from) : ids };
  const options = { limit, maxTimeMS: workWithinMs };
  const page = await log.find(filter, options).sort({ _id: 1 }).toArray();
  const commits: Commit[] = [];
  for (const stored of page) {
    // A later version may be visible before an earlier one: what is dense is all there is yet.
    if (stored._id !== commitKey(lane.lane, from + commits.length)) break;
    commits.push(commitFromStored(lane, stored));
  }
  return commits;
}

async function readHead(log: Log, lane: LaneId): Promise<Head> {
  const ids = { $gte: lanePrefix(lane.lane), $lt: laneEnd(lane.lane) };
  const options = { limit: 1, maxTimeMS: workWithinMs };
  const [last] = await log.find({ _id: ids }, options).sort({ _id: -1 }).toArray();
  if (!last) return { version: 0, hash: genesisHash };
  const { version, hash } = commitFromStored(lane, last);
  return { version, hash };
}

export function mongoEventLog(store: MongoStore): EventLog {
  const listeners = new Set<(lane: LaneId) => void>();
  const appenders = new Map<string, ReturnType<typeof bulkAppender>>();
  const logOf = (context: string): Log => store.collection<StoredCommit>(context, 'log');

  const appenderOf = (context: string) => {
    const known = appenders.get(context);
    if (known) return known;
    const made = bulkAppender(logOf(context));
    appenders.set(context, made);
    return made;
  };

  const asked = tellingAway<Pick<EventLog, 'append' | 'read' | 'head'>>({
    async append(commit) {
      const { context, lane, version, commitId, prevHash, hash, body } = commit;
      if (version > versionMax) throw new Error('a lane has no more versions');
      const _id = commitKey(lane, version);
      const result = await appenderOf(context)({ _id, commitId, prevHash, hash, body });
      if (result === 'taken') return result;
      for (const listener of listeners) listener({ context, lane });
      return result;
    },
    read(lane, fromVersion, limit) {
      const readFrom = store.rangesAreIndexed ? readPage : readOneByOne;
      return readFrom(logOf(lane.context), lane, Math.max(1, fromVersion), limit);
    },
    head: (lane) => readHead(logOf(lane.context), lane),
  });
  return {
    ...asked,
    onAppended(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
