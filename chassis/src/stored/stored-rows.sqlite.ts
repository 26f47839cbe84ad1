/** What is read from outside of the rows beside a log. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { parkedCollection } from '../following/parked.ts';
import type { Position } from '../read-model/read-model.ts';
import { rowsFile } from '../sqlite/sqlite-schema.ts';

export type StoredRows = {
  readonly positions: readonly Position[];
  readonly parkedGroups: number;
};

/**
 * Rows may be deleted at any time.
 *
 * @param store that the log is of
 * @returns undefined when there are none, or another store's
 */
export function readStoredRows(folder: string, store: string): StoredRows | undefined {
  const file = join(folder, rowsFile);
  if (!existsSync(file)) return undefined;
  const database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 });
  try {
    database.exec('BEGIN');
    const of = database.prepare('SELECT store FROM made_from').get();
    if (of?.store !== store) return undefined;
    const parked = 'SELECT count(*) AS groups FROM documents WHERE collection GLOB ?';
    return {
      positions: positionsIn(database),
      parkedGroups: Number(database.prepare(parked).get(`${parkedCollection('')}*`)?.groups),
    };
  } finally {
    database.close();
  }
}

const positionsIn = (database: DatabaseSync): Position[] =>
  database
    .prepare('SELECT consumer, context, lane, version, hash FROM positions')
    .all()
    .map(({ consumer, context, lane, version, hash }) => ({
      ...{ consumer: String(consumer), context: String(context), lane: Number(lane) },
      ...{ version: Number(version), hash: String(hash) },
    }));
