/** What makes a store this one: the name that cursors carry and the secret that keys hashes. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { SqliteStore } from '@holdfast/chassis/sqlite/sqlite-store';

export type StoreIdentity = { readonly epoch: string; readonly secret: string };

const insert = {
  head: 'INSERT INTO meta (key, value) VALUES ',
  tail: ' ON CONFLICT DO NOTHING',
  width: 2,
};

export const freshIdentity = (): StoreIdentity => ({
  epoch: randomUUID(),
  secret: randomBytes(32).toString('base64url'),
});

/** Made once and never changed. */
export async function identityOf(store: SqliteStore): Promise<StoreIdentity> {
  const values = Object.entries(freshIdentity()).flat();
  await store.write([{ ...insert, values }]);
  const storedValue = (key: string) =>
    String(store.one('SELECT value FROM meta WHERE key = ?', key)?.value);
  return { epoch: storedValue('epoch'), secret: storedValue('secret') };
}
