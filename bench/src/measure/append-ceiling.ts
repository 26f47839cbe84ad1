/**
 * What the store alone can do: rows of the log's shape and size, one transaction each, one after
 * the other.
 */
import { rmSync } from 'node:fs';
import { openSqliteStore } from '@holdfast/chassis/sqlite/sqlite-store';

const measureMs = 2_000;
const insert = {
  head: 'INSERT INTO log (context, lane, version, commit_id, prev_hash, hash, body) VALUES ',
  tail: '',
  width: 7,
};

/** Appends a second of bodies of this size. */
export async function appendCeiling(folder: string, bodyBytes: number): Promise<number> {
  const store = await openSqliteStore({
    folder,
    onFailure: (failure) => {
      throw failure;
    },
  });
  const body = 'x'.repeat(bodyBytes);
  const hash = 'h'.repeat(43);
  const startedAt = performance.now();
  let version = 0;
  while (performance.now() - startedAt < measureMs) {
    version += 1;
    const values = ['bench', 0, version, `commit-${version}`, hash, hash, body];
    await store.write([{ ...insert, values }]);
  }
  const perSecond = (version / (performance.now() - startedAt)) * 1_000;
  await store.close();
  rmSync(folder, { recursive: true, force: true });
  return perSecond;
}
