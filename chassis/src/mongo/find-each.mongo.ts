import type { Collection, Filter } from 'mongodb';
import type { Keyed } from './insert-each.mongo.ts';
import { lookById } from './look-by-id.mongo.ts';
import { type MongoStore, workWithinMs } from './store.mongo.ts';

const idsMax = 500;

/** The document of each id, in the order asked; undefined where there is none. */
export async function findEach<Kept extends Keyed>(
  store: MongoStore,
  collection: Collection<Kept>,
  ids: readonly string[],
): Promise<readonly (Kept | undefined)[]> {
  const find = store.rangesAreIndexed ? findAll : lookById;
  const found = new Map<string, Kept>();
  for (let at = 0; at < ids.length; at += idsMax) {
    for (const [id, document] of await find(collection, ids.slice(at, at + idsMax))) {
      found.set(id, document);
    }
  }
  return ids.map((id) => found.get(id));
}

async function findAll<Kept extends Keyed>(collection: Collection<Kept>, ids: readonly string[]) {
  const filter = { _id: { $in: ids } } as Filter<Kept>;
  const documents = await collection.find(filter, { maxTimeMS: workWithinMs }).toArray();
  return (documents as unknown as Kept[]).map((document) => [document._id, document] as const);
}
