/** What is listed of a lane's rows, by index. */

import type { SqliteStore } from '../sqlite/sqlite-store.ts';
import { endOfNames, type LaneRows } from './lane-rows.ts';

type LaneLists = Pick<LaneRows, 'outcomeIds' | 'streamNames' | 'due'>;

const outcomeIds = `SELECT id FROM outcomes WHERE context = ? AND lane = ? AND id > ?
  ORDER BY id LIMIT ?`;
const streamNames = `SELECT stream FROM streams
  WHERE context = ? AND lane = ? AND stream > ? AND stream < ? ORDER BY stream LIMIT ?`;
const due = `SELECT stream, due FROM streams
  WHERE context = ? AND lane = ? AND due IS NOT NULL AND due < ? ORDER BY due LIMIT ?`;

export const sqliteLaneLists = (store: SqliteStore): LaneLists => ({
  async outcomeIds({ context, lane }, afterId, limit) {
    return store.all(outcomeIds, context, lane, afterId, limit).map(({ id }) => String(id));
  },

  async streamNames({ context, lane }, prefix, afterName, limit) {
    const between = [afterName || prefix, endOfNames(prefix)];
    const rows = store.all(streamNames, context, lane, ...between, limit);
    return rows.map(({ stream }) => String(stream));
  },

  async due({ context, lane }, until, limit) {
    const rows = store.all(due, context, lane, until, limit);
    return rows.map((row) => ({ stream: String(row.stream), due: Number(row.due) }));
  },
});
