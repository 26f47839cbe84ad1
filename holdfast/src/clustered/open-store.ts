/** The MongoDB that all processes share: opened, checked, and made this installation's once. */
import { randomBytes, randomUUID } from 'node:crypto';
import { claimIdentity, type MongoIdentity, readIdentity } from '@holdfast/chassis/identity.mongo';
import { type MongoStore, openMongoStore } from '@holdfast/chassis/store.mongo';

/** Of each context, for a store that is new (DESIGN 2). */
const lanesOfNewStore = 16;

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
      (await claimIdentity(store, {
        ...{ epoch: randomUUID(), lanes: lanesOfNewStore },
        secret: randomBytes(32).toString('base64url'),
      }));
    return { store, identity };
  } catch (failure) {
    await store.close();
    throw failure;
  }
}
