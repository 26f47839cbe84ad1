import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSqliteStore, type SqliteStore } from '../src/sqlite/sqlite-store.ts';

export type TemporaryStore = {
  readonly folder: string;
  readonly store: () => SqliteStore;
  reopen(): Promise<SqliteStore>;
  close(): Promise<void>;
  remove(): Promise<void>;
};

/** A SQLite store in a folder of its own, gone with `remove`. */
export async function temporaryStore(): Promise<TemporaryStore> {
  const folder = mkdtempSync(join(tmpdir(), 'holdfast-'));
  const open = () =>
    openSqliteStore({
      folder,
      onFailure: (failure) => {
        throw failure;
      },
    });
  let store: SqliteStore | undefined = await open();
  const close = async () => {
    await store?.close();
    store = undefined;
  };
  return {
    folder,
    store() {
      if (!store) throw new Error('the store is closed');
      return store;
    },
    async reopen() {
      await close();
      store = await open();
      return store;
    },
    close,
    async remove() {
      await close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
