import { join } from 'node:path';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import type { TemporaryStore } from './temporary-store.ts';

/** Changes a closed store behind the back of its adapters, as a failing disk does. */
export async function spoil(temporary: TemporaryStore, sql: string, ...values: SQLInputValue[]) {
  await temporary.close();
  const database = new DatabaseSync(join(temporary.folder, 'holdfast.db'));
  database.prepare('ATTACH DATABASE ? AS made').run(join(temporary.folder, 'rows.db'));
  const { changes } = database.prepare(sql).run(...values);
  database.close();
  if (changes !== 1) throw new Error('nothing was spoilt');
}
