/** Databases of one test's own on the run's MongoDB, gone with `remove`. */
import { randomUUID } from 'node:crypto';
import { type MongoStore, openMongoStore } from '../src/mongo/store.mongo.ts';

export type MongoTestStore = {
  readonly prefix: string;
  readonly store: () => MongoStore;
  /** Another connection to the same databases, as another process has it; ends with `remove`. */
  another(): Promise<MongoStore>;
  reopen(): Promise<MongoStore>;
  close(): Promise<void>;
  remove(): Promise<void>;
};

const contexts = ['inventory', 'orders'];

export async function mongoTestStore(url: string): Promise<MongoTestStore> {
  const prefix = `test_${randomUUID().slice(0, 8)}_`;
  const open = (own = contexts) => openMongoStore({ url, own, prefix });
  let store: MongoStore | undefined = await open();
  const others: MongoStore[] = [];
  const close = async () => {
    await store?.close();
    store = undefined;
  };
  const reopen = async () => {
    await close();
    store = await open();
    return store;
  };
  return {
    prefix,
    store() {
      if (!store) throw new Error('the store is closed');
      return store;
    },
    async another() {
      const other = await open([]);
      others.push(other);
      return other;
    },
    reopen,
    close,
    async remove() {
      const last = store ?? (await open([]));
      for (const name of [...contexts, 'shared'])
        await last.client.db(prefix + name).dropDatabase();
      await Promise.all(others.map((other) => other.close()));
      await last.close();
      store = undefined;
    },
  };
}
