/** The indexes of a context's database, as data; they are made where missing, and checked. */
import { type IndexDescriptionInfo, MongoServerError } from 'mongodb';
import { StoreFailure } from '../store-failure.ts';
import type { MongoStore } from './store.mongo.ts';

type Index = { readonly name: string; readonly key: Readonly<Record<string, 1>> };

/** A log needs none but its _id: that one is the fence. */
const indexes: Readonly<Record<string, readonly Index[]>> = {
  log: [],
  streams: [{ name: 'due', key: { lane: 1, due: 1 } }],
  outcomes: [{ name: 'keep', key: { lane: 1, keepUntil: 1 } }],
  checkpoints: [],
  documents: [],
  parked: [],
  positions: [],
  personal_keys: [],
};

const namespaceNotFound = 26;
const keyText = (key: unknown) => JSON.stringify(key);

async function listed(
  store: MongoStore,
  context: string,
  name: string,
): Promise<readonly IndexDescriptionInfo[]> {
  try {
    return await store.collection(context, name).listIndexes().toArray();
  } catch (failure) {
    if (failure instanceof MongoServerError && failure.code === namespaceNotFound) return [];
    throw failure;
  }
}

type Place = { readonly servers: string; readonly database: string; readonly collection: string };

const failure = (
  { servers, database, collection }: Place,
  index: string,
  why: string,
  run: string,
) =>
  new StoreFailure(
    `The index ${index} of ${database}.${collection} at ${servers} ${why}; ` +
      `run db.getSiblingDB('${database}').${collection}.${run} and start again.`,
  );

/**
 * The wanted ones that are not there.
 *
 * @throws StoreFailure when one is another than ours, or would delete or refuse what we write
 */
function missingOf(
  place: Place,
  wanted: readonly Index[],
  found: readonly IndexDescriptionInfo[],
): readonly Index[] {
  for (const { name = '', key, expireAfterSeconds, unique } of found) {
    const refuse = (why: string) => {
      throw failure(place, name, why, `dropIndex('${name}')`);
    };
    const ours = wanted.find((index) => index.name === name);
    if (ours && keyText(ours.key) !== keyText(key)) {
      refuse(`is over ${keyText(key)}, not ${keyText(ours.key)}`);
    }
    if (expireAfterSeconds !== undefined) refuse('deletes what must stay');
    if (unique && name !== '_id_') refuse('refuses what must be taken');
  }
  return wanted.filter(({ name }) => !found.some((index) => index.name === name));
}

/** @throws StoreFailure naming the index that is not as it must be, and what to run */
export async function ensureIndexes(store: MongoStore, context: string): Promise<void> {
  for (const [name, wanted] of Object.entries(indexes)) {
    const collection = store.collection(context, name);
    const place = { servers: store.servers, database: collection.dbName, collection: name };
    const missing = missingOf(place, wanted, await listed(store, context, name));
    if (missing.length === 0) continue;
    for (const index of missing) await collection.createIndex(index.key, { name: index.name });
    // What a server acknowledged it may still not have done.
    const [still] = missingOf(place, wanted, await listed(store, context, name));
    if (!still) continue;
    const run = `createIndex(${keyText(still.key)}, {name: '${still.name}'})`;
    throw failure(place, still.name, 'is missing', run);
  }
}
