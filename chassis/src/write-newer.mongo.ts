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
  const sort = store.rangesAreIndexed ? asAbsent : sortedByLook;
  const update = store.rangesAreIndexed ? updateOlder : replaceOlder;
  for (let at = 0; at < rows.length; at += insertsMax) {
    const { absent, older } = await sort(collection, rows.slice(at, at + insertsMax));
    const insert = () => insertEach(collection, absent);
    const taken = absent.length > 0 ? await store.inTurn(collection.dbName, insert) : new Set();
    const there = absent.filter((_, place) => taken.has(place));
    await update(store, collection, [...older, ...there]);
  }
}

type Sorted<Kept> = { readonly absent: readonly Kept[]; readonly older: readonly Kept[] };

/** What is there is found out by the insert. */
const asAbsent = async <Kept extends Versioned>(
  _: Collection<Kept>,
  rows: readonly Kept[],
): Promise<Sorted<Kept>> => ({ absent: rows, older: [] });

/**
 * FerretDB inserts all of a bulk one by one when one of them is there, which keeps appends waiting.
 * A look by the id spares most of that: who folds another owner's tail writes the rows that the
 * other one has written.
 */
async function sortedByLook<Kept extends Versioned>(
  collection: Collection<Kept>,
  rows: readonly Kept[],
): Promise<Sorted<Kept>> {
  const ids = rows.map(({ _id }) => _id);
  const found = await lookById(collection, ids);
  return {
    absent: rows.filter(({ _id }) => !found.has(_id)),
    older: rows.filter(({ _id, version }) => (found.get(_id)?.version ?? version) < version),
  };
}

/** One step for each: the filter says which rows are older. */
async function updateOlder<Kept extends Versioned>(
  _: MongoStore,
  collection: Collection<Kept>,
  rows: readonly Kept[],
): Promise<void> {
  const updates = rows.map(({ _id, ...fields }) => {
    const filter = { _id, version: { $lt: fields.version } } as Filter<Kept>;
    return {
      updateOne: { filter, update: { $set: fields } },
    } as unknown as AnyBulkWriteOperation<Kept>;
  });
  if (updates.length > 0) await collection.bulkWrite(updates, { ordered: false });
}

/**
 * FerretDB scans for a filter with more than an id, and its updates are not atomic either way. So a
 * row is replaced by its id, and who finds to have replaced a newer one puts that back.
 */
async function replaceOlder<Kept extends Versioned>(
  store: MongoStore,
  collection: Collection<Kept>,
  rows: readonly Kept[],
): Promise<void> {
  for (const row of rows) {
    const filter = { _id: row._id } as Filter<Kept>;
    for (let wanted = row; ; ) {
      const replace = () => collection.findOneAndReplace(filter, wanted);
      const replaced = await store.inTurn(collection.dbName, replace);
      if (!replaced || replaced.version <= wanted.version) break;
      wanted = replaced as unknown as Kept;
    }
  }
}
