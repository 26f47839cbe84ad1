import { randomBytes } from 'node:crypto';
import type { SqliteStore } from '../sqlite/sqlite-store.ts';
import type { PersonalKeys, RandomBytes } from './personal-keys.ts';

const keyBytes = 32;

const insert = {
  head: 'INSERT INTO personal_keys (subject, key) VALUES ',
  tail: ' ON CONFLICT DO NOTHING',
  width: 2,
};
const destroy = {
  head: 'DELETE FROM personal_keys WHERE subject IN (VALUES ',
  tail: ')',
  width: 1,
};

export function sqlitePersonalKeys(
  store: SqliteStore,
  random: RandomBytes = randomBytes,
): PersonalKeys {
  const find = (subject: string) => {
    const row = store.one('SELECT key FROM personal_keys WHERE subject = ?', subject);
    return row?.key instanceof Uint8Array ? row.key : undefined;
  };

  return {
    async create(subject) {
      const key = random(keyBytes);
      const inserted = await store.write([{ ...insert, values: [subject, key] }]);
      // Another one was first: both must seal with the same.
      return inserted === 1 ? key : (find(subject) ?? key);
    },
    find: async (subject) => find(subject),
    async forget(subject) {
      await store.write([{ ...destroy, values: [subject] }]);
    },
  };
}

const keysAtOnce = 500;

/** Keys that were made elsewhere, as they are. */
export async function keepSqliteKeys(
  store: SqliteStore,
  keys: readonly (readonly [subject: string, key: Uint8Array])[],
): Promise<void> {
  for (let at = 0; at < keys.length; at += keysAtOnce) {
    await store.write([{ ...insert, values: keys.slice(at, at + keysAtOnce).flat() }]);
  }
}
