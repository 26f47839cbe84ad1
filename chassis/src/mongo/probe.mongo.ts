/** Finds out before the first promise whether this server keeps to what the log stands on. */
import { MongoServerError } from 'mongodb';
import { StoreFailure } from '../store-failure.ts';
import { duplicateKey } from './failure.mongo.ts';
import type { MongoStore } from './store.mongo.ts';

type Probe = { readonly _id: string; readonly version: number };

const isTaken = (failure: unknown) =>
  failure instanceof MongoServerError && failure.code === duplicateKey;

/** @throws StoreFailure naming what the server lacks */
export async function probe(store: MongoStore): Promise<void> {
  const probes = store.shared<Probe>('probes');
  const must = (holds: boolean, what: string) => {
    if (holds) return;
    throw new StoreFailure(
      `The server at ${store.servers} ${what}, which Holdfast stands on; use MongoDB 7.0 or newer.`,
    );
  };
  const { insertedId } = await probes.insertOne({ _id: crypto.randomUUID(), version: 2 });
  const mine = { _id: insertedId };
  const again = await probes.insertOne({ ...mine, version: 3 }).then(
    () => 'inserted twice',
    (failure: unknown) => {
      if (!isTaken(failure)) throw failure;
      return 'refused';
    },
  );
  must(again === 'refused', 'takes the same _id twice');
  const over = (version: number) =>
    probes.updateOne({ ...mine, version: { $lt: version } }, { $set: { version } });
  must((await over(2)).matchedCount === 0, 'updates a document that its filter does not match');
  must((await over(5)).matchedCount === 1, 'does not update a document that its filter matches');
  must((await probes.findOne(mine))?.version === 5, 'does not read what it acknowledged');
  await probes.deleteOne(mine);
}
