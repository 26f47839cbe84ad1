/** A store read from outside, in one consistent state, also beside the system that writes it. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { commitFromRow } from './event-log.sqlite.ts';
import type { Position } from './read-model.ts';
import { asStoreFailure } from './sqlite-failure.ts';
import type { Row } from './sqlite-store.ts';
import { type StoredLog, textOfKey } from './stored-log.ts';

const positionsIn = (database: DatabaseSync): Position[] =>
  database
    .prepare('SELECT consumer, context, lane, version, hash FROM positions')
    .all()
    .map(({ consumer, context, lane, version, hash }) => ({
      ...{ consumer: String(consumer), context: String(context), lane: Number(lane) },
      ...{ version: Number(version), hash: String(hash) },
    }));

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
    // One transaction: what the running system writes meanwhile is not seen.
    database.exec('BEGIN');
    database.prepare('SELECT count(*) FROM meta').get();
    const pairs = (sql: string) => database.prepare(sql).all().map(Object.values);
    return {
      *commits() {
        const sql = 'SELECT * FROM log ORDER BY context, lane, version';
        const rows = database.prepare(sql).iterate();
        for (;;) {
          const next = sound(() => rows.next());
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
            positions: positionsIn(database),
            lanes: 1,
          };
        }),
      close: async () => database.close(),
    };
  });
}
