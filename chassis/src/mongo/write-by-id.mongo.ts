/**
 * Newer rows on FerretDB 1, which finds one document by its id alone, and inserts all of a bulk one
 * by one, keeping appends waiting, when one of them is there already.
 */
import { type Collection, type Filter, MongoServerError } from 'mongodb';
import { duplicateKey } from './failure.mongo.ts';
import { insertEach, type Keyed } from './insert-each.mongo.ts';
import { lookById } from './look-by-id.mongo.ts';
import type { MongoStore } from './store.mongo.ts';

export type Versioned = Keyed & { readonly version: number };

const lookedForAtOnce = 8;

/** Rows that this process has written before are replaced, all others are taken to be new. */
export async function writeById<Kept extends Versioned>(
  store: MongoStore,
  collection: Collection<Kept>,
  rows: readonly Kept[],
): Promise<void> {
  const keyOf = ({ _id }: Kept) => `${collection.namespace}\n${_id}`;
  const { known = [], unknown = [] } = Object.groupBy(rows, (row) =>
    store.knownIds.has(keyOf(row)) ? 'known' : 'unknown',
  );
  const taken = await store.inTurn(collection.dbName, () => insertEach(collection, unknown));
  const there = [...known, ...unknown.filter((_, place) => taken.has(place))];
  // An older row is not even tried: until it is put back, and for good if its writer dies first,
  // it is what the next owner reads. A few at a time: others write meanwhile.
  for (let at = 0; at < there.length; at += lookedForAtOnce) {
    const some = there.slice(at, at + lookedForAtOnce);
    const ids = some.map(({ _id }) => _id);
    const found = await lookById(collection, ids);
    const isOlder = ({ _id, version }: Kept) => (found.get(_id)?.version ?? 0) < version;
    for (const row of some.filter(isOlder)) await replace(store, collection, row);
  }
  for (const row of rows) store.knownIds.set(keyOf(row), true);
}

/** Who finds to have replaced one that was not older puts that back. */
async function replace<Kept extends Versioned>(
  store: MongoStore,
  collection: Collection<Kept>,
  row: Kept,
): Promise<void> {
  const filter = { _id: row._id } as Filter<Kept>;
  for (let wanted = row; ; ) {
    // A row that was forgotten meanwhile is made again.
    const write = () => collection.findOneAndReplace(filter, wanted, { upsert: true });
    const replaced = await store.inTurn(collection.dbName, () => write().catch(orTaken));
    if (replaced === 'taken') continue;
    const isPutBack = wanted !== row;
    if (!replaced || replaced.version < wanted.version) return;
    if (isPutBack && replaced.version === wanted.version) return;
    wanted = replaced as unknown as Kept;
  }
}

/** Somebody else has made it again at the same moment. */
function orTaken(failure: unknown): 'taken' {
  if (failure instanceof MongoServerError && failure.code === duplicateKey) return 'taken';
  throw failure;
}
