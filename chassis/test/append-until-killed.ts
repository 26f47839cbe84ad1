/**
 * Appends to a SQLite store's lane `inventory:0` and prints each acknowledged version, until
 * somebody kills it.
 */
import { sqliteEventLog } from '../src/log/event-log.sqlite.ts';
import { openSqliteStore } from '../src/sqlite/sqlite-store.ts';
import { appendNext, happened } from './commits.ts';

const store = await openSqliteStore({
  folder: process.argv[2] ?? '',
  onFailure: (failure) => {
    throw failure;
  },
});
const log = sqliteEventLog(store);
for (;;) {
  const events = Array.from({ length: 100 }, (_, at) => happened(at));
  const commit = await appendNext(log, { context: 'inventory', lane: 0 }, { 'sku/A': events });
  process.stdout.write(`${commit.version}\n`);
}
