import type { AnyBulkWriteOperation, Collection, Filter } from 'mongodb';
import { insertEach, type Keyed } from './insert-each.mongo.ts';
import { lookById } from './look-by-id.mongo.ts';
import type { MongoStore } from './store.mongo.ts';

export type Versioned = Keyed & { readonly version: number };

const insertsMax = 500;

/**
 * Writes each row where there is none or one with a lower version; resolves when all were
 * acknowledged. A part of them does no harm, nor does a repeat.
 *
 * An upsert would be one step, but its duplicate key may come from a lower version that somebody
 * else inserted at the same moment; and FerretDB ends a bulk at the first one.
 */
export async function writeNewer<Kept extends Versioned>(
  store: MongoStore,
  collection: Collection<Kept>,
  rows: readonly Kept[],
): Promise<void> {
  for (let at = 0; at < rows.length; at += insertsMax) {
    const part = rows.slice(at, at + insertsMax);
    const taken = await insertEach(collection, part);
    const there = part.filter((_, place) => taken.has(place));
    const older = store.rangesAreIndexed ? there : await stillOlder(collection, there);
    await updateOlder(store, collection, older);
  }
}

/**
 * Where an update with two conditions is a scan, a look by the id alone spares most of them: who
 * folds another owner's tail writes the rows that that one has written.
 */
async function stillOlder<Kept extends Versioned>(
  collection: Collection<Kept>,
  rows: readonly Kept[],
): Promise<readonly Kept[]> {
  const found = await lookById(
    collection,
    rows.map(({ _id }) => _id),
  );
  return rows.filter(({ _id, version }) => (found.get(_id)?.version ?? 0) < version);
}

async function updateOlder<Kept extends Versioned>(
  store: MongoStore,
  collection: Collection<Kept>,
  rows: readonly Kept[],
): Promise<void> {
  for (let at = 0; at < rows.length; at += store.updatesMax) {
    const updates = rows.slice(at, at + store.updatesMax).map(({ _id, ...fields }) => {
      const filter = { _id, version: { $lt: fields.version } } as Filter<Kept>;
      return {
        updateOne: { filter, update: { $set: fields } },
      } as unknown as AnyBulkWriteOperation<Kept>;
    });
    await collection.bulkWrite(updates, { ordered: false });
  }
}
