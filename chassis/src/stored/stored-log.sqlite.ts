/** A store read from outside, in one consistent state, also beside the system that writes it. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { commitFromRow } from '../log/event-log.sqlite.ts';
import { asStoreFailure } from '../sqlite/sqlite-failure.ts';
import type { Row } from '../sqlite/sqlite-store.ts';
import { type StoredLog, textOfKey } from './stored-log.ts';
import { readStoredRows } from './stored-rows.sqlite.ts';

/** @throws StoreFailure when the store cannot be read */
export function openStoredLog(folder: string): StoredLog {
  const sound = <Result>(read: () => Result): Result => {
    try {
      return read();
    } catch (failure) {
      throw asStoreFailure(failure, folder) ?? failure;
    }
  };
  return sound(() => {
    const database = new DatabaseSync(join(folder, 'holdfast.db'), {
      readOnly: true,
      timeout: 5_000,
    });
    const meta = database.prepare("SELECT value FROM meta WHERE key = 'store'").get();
    // Before the log: what a follower has done up to where it stands is in the log then.
    const rows = readStoredRows(folder, String(meta?.value));
    // One transaction: what the running system writes meanwhile is not seen.
    database.exec('BEGIN');
    database.prepare('SELECT count(*) FROM meta').get();
    const pairs = (sql: string) => database.prepare(sql).all().map(Object.values);
    return {
      *commits() {
        const sql = 'SELECT * FROM log ORDER BY context, lane, version';
        const log = database.prepare(sql).iterate();
        for (;;) {
          const next = sound(() => log.next());
          if (next.done) return;
          yield commitFromRow(next.value as Row);
        }
      },
      secrets: async () =>
        sound(() => {
          const meta = pairs("SELECT key, value FROM meta WHERE key = 'secret'");
          const keys = pairs('SELECT subject, key FROM personal_keys');
          return {
            meta: Object.fromEntries(meta),
            personalKeys: Object.fromEntries(
              keys.map(([subject, key]) => [subject, textOfKey(key)]),
            ),
            positions: rows?.positions,
            lanes: 1,
          };
        }),
      parkedGroups: async () => rows?.parkedGroups ?? 0,
      close: async () => database.close(),
    };
  });
}
