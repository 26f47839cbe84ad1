import {
  type Commit,
  type CommitRecord,
  chainHash,
  decodeCommit,
  genesisHash,
  type LaneId,
  laneKey,
} from '../commit.ts';
import type { Row, SqliteStore } from '../sqlite/sqlite-store.ts';
import { type AppendListener, type EventLog, StoreCorrupt } from './event-log.ts';

const insert = {
  head: 'INSERT INTO log (context, lane, version, commit_id, prev_hash, hash, body) VALUES ',
  tail: ' ON CONFLICT DO NOTHING',
  width: 7,
};
const ofLane = 'FROM log WHERE context = ? AND lane = ?';
const page = `SELECT * ${ofLane} AND version >= ? ORDER BY version LIMIT ?`;
const last = `SELECT version, hash ${ofLane} ORDER BY version DESC LIMIT 1`;

/**
 * Durable commits kept decoded a little longer: who follows the log reads them right after they
 * were written.
 */
const recentCommitsMax = 32;

/** @throws StoreCorrupt when the row is not what its hash says */
export function commitFromRow(row: Row): Commit {
  const record = {
    context: row.context,
    lane: row.lane,
    version: row.version,
    commitId: row.commit_id,
    prevHash: row.prev_hash,
    hash: row.hash,
    body: row.body,
  } as CommitRecord;
  if (chainHash(record.prevHash, record, record.version, record.body) !== record.hash) {
    throw new StoreCorrupt(
      `commit ${record.version} of ${laneKey(record)} is not what was written: ` +
        'its hash does not match',
    );
  }
  return decodeCommit(record);
}

export function sqliteEventLog(store: SqliteStore): EventLog {
  const listeners = new Set<AppendListener>();
  const recent = new Map<string, Commit[]>();

  const remember = (commit: Commit) => {
    const key = laneKey(commit);
    const commits = recent.get(key) ?? [];
    recent.set(key, commits);
    // Only a dense tail can answer a read.
    if (commits.length > 0 && commits.at(-1)?.version !== commit.version - 1) commits.length = 0;
    commits.push(commit);
    if (commits.length > recentCommitsMax) commits.splice(0, recentCommitsMax / 2);
  };

  const fromMemory = (lane: LaneId, fromVersion: number, limit: number) => {
    const commits = recent.get(laneKey(lane));
    const first = commits?.[0];
    if (!commits || !first || fromVersion < first.version) return undefined;
    const at = fromVersion - first.version;
    return at < commits.length ? commits.slice(at, at + limit) : undefined;
  };

  return {
    async append(commit) {
      const { context, lane, version, commitId, prevHash, hash, body } = commit;
      const values = [context, lane, version, commitId, prevHash, hash, body];
      const inserted = await store.write([{ ...insert, values }]);
      if (inserted === 0) return 'taken';
      remember(commit);
      for (const listener of listeners) listener({ context, lane }, version);
      return 'appended';
    },

    async read(lane, fromVersion, limit) {
      const commits = fromMemory(lane, fromVersion, limit);
      if (commits) return commits;
      return store.all(page, lane.context, lane.lane, fromVersion, limit).map(commitFromRow);
    },

    async head(lane) {
      const row = store.one(last, lane.context, lane.lane);
      return row
        ? { version: Number(row.version), hash: String(row.hash) }
        : { version: 0, hash: genesisHash };
    },

    onAppended(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
