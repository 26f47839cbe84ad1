/** The MongoDB that all processes share: opened, checked, and made this installation's once. */
import {
  claimIdentity,
  type MongoIdentity,
  readIdentity,
} from '@holdfast/chassis/mongo/identity.mongo';
import { type MongoStore, openMongoStore } from '@holdfast/chassis/mongo/store.mongo';
import { freshIdentity } from '../store-identity.ts';
import { lanesOfNewStore } from './lanes-of-new-store.ts';

export const contexts = ['inventory', 'orders'] as const;
export type Context = (typeof contexts)[number];

export type ClusterStore = { readonly store: MongoStore; readonly identity: MongoIdentity };

/**
 * @param own the contexts that this process runs
 * @throws StoreFailure
 */
export async function openStore(url: string, own: readonly Context[]): Promise<ClusterStore> {
  const store = await openMongoStore({ url, own });
  try {
    const identity =
      (await readIdentity(store)) ??
      (await claimIdentity(store, { ...freshIdentity(), lanes: lanesOfNewStore }));
    return { store, identity };
  } catch (failure) {
    await store.close();
    throw failure;
  }
}
