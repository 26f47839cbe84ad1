import type { AnyBulkWriteOperation, Collection, Filter } from 'mongodb';
import { insertEach } from './insert-each.mongo.ts';
import type { MongoStore } from './store.mongo.ts';
import { type Versioned, writeById } from './write-by-id.mongo.ts';

const rowsAtOnce = 500;

/**
 * Writes each row where there is none or one with a lower version; resolves when all were
 * acknowledged. A part of them does no harm, nor does a repeat.
 */
export async function writeNewer<Kept extends Versioned>(
  store: MongoStore,
  collection: Collection<Kept>,
  rows: readonly Kept[],
): Promise<void> {
  for (let at = 0; at < rows.length; at += rowsAtOnce) {
    const some = rows.slice(at, at + rowsAtOnce);
    if (store.rangesAreIndexed) await insertOrUpdate(collection, some);
    else await writeById(store, collection, some);
  }
}

/**
 * What is there is found out by the insert. An upsert would be one step, but its duplicate key may
 * come from a lower version that somebody else inserted at the same moment.
 */
async function insertOrUpdate<Kept extends Versioned>(
  collection: Collection<Kept>,
  rows: readonly Kept[],
): Promise<void> {
  const taken = await insertEach(collection, rows);
  const updates = rows
    .filter((_, place) => taken.has(place))
    .map(({ _id, ...fields }) => {
      const filter = { _id, version: { $lt: fields.version } } as Filter<Kept>;
      return {
        updateOne: { filter, update: { $set: fields } },
      } as unknown as AnyBulkWriteOperation<Kept>;
    });
  if (updates.length > 0) await collection.bulkWrite(updates, { ordered: false });
}
