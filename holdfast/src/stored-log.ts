/** A store read from outside, in one consistent state, also beside a running system. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Commit } from '@holdfast/chassis/commit';
import { commitFromRow } from '@holdfast/chassis/event-log.sqlite';
import { asStoreFailure } from '@holdfast/chassis/sqlite-failure';
import type { Row } from '@holdfast/chassis/sqlite-store';
import { Refused } from './refused.ts';
import { inMemory } from './settings.ts';

export type Secrets = {
  readonly meta: Readonly<Record<string, string>>;
  /** Subject to key, base64url. */
  readonly personalKeys: Readonly<Record<string, string>>;
};

export type StoredLog = {
  readonly folder: string;
  /** By context, lane and version. @throws StoreCorrupt */
  commits(): Generator<Commit>;
  secrets(): Secrets;
  close(): void;
};

/** @throws Refused, StoreFailure */
export function openForReading(data: string): StoredLog {
  if (data === inMemory)
    throw new Refused('HOLDFAST_DATA is memory, so there is no store to read; set it to a folder.');
  const folder = resolve(data);
  const file = join(folder, 'holdfast.db');
  if (!existsSync(file)) {
    throw new Refused(`There is no store in ${folder}; set HOLDFAST_DATA to its folder.`);
  }
  const sound = <Result>(read: () => Result): Result => {
    try {
      return read();
    } catch (failure) {
      throw asStoreFailure(failure, folder) ?? failure;
    }
  };
  return sound(() => {
    const database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
    // One transaction: what the running system writes meanwhile is not seen.
    database.exec('BEGIN');
    database.prepare('SELECT count(*) FROM meta').get();
    return {
      folder,
      *commits() {
        const rows = database
          .prepare('SELECT * FROM log ORDER BY context, lane, version')
          .iterate();
        for (;;) {
          const next = sound(() => rows.next());
          if (next.done) return;
          yield commitFromRow(next.value as Row);
        }
      },
      secrets: () =>
        sound(() => {
          const meta = database
            .prepare("SELECT key, value FROM meta WHERE key IN ('secret')")
            .all();
          const keys = database.prepare('SELECT subject, key FROM personal_keys').all();
          const textOf = (key: unknown) =>
            Buffer.from(key instanceof Uint8Array ? key : []).toString('base64url');
          return {
            meta: Object.fromEntries(meta.map(({ key, value }) => [String(key), String(value)])),
            personalKeys: Object.fromEntries(
              keys.map(({ subject, key }) => [String(subject), textOf(key)]),
            ),
          };
        }),
      close: () => database.close(),
    };
  });
}
