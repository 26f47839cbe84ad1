/** What makes a MongoDB store this one: one document, made once and never changed. */
import { MongoServerError } from 'mongodb';
import { StoreFailure } from '../store-failure.ts';
import { duplicateKey } from './failure.mongo.ts';
import type { MongoStore } from './store.mongo.ts';

export type MongoIdentity = {
  /** Names the store in cursors. */
  readonly epoch: string;
  /** Keys hashes of inputs. */
  readonly secret: string;
  /** Lanes of each context. */
  readonly lanes: number;
};

type StoredIdentity = MongoIdentity & { readonly _id: string; readonly format: number };

/** Changes with what the databases look like. */
export const mongoFormat = 1;
/** While a log is being imported: nobody may start on a part of it. */
const importingFormat = 0;
const _id = 'identity';

const collectionOf = (store: MongoStore) => store.shared<StoredIdentity>('meta');

/**
 * undefined: nobody has made this store yet.
 *
 * @throws StoreFailure when another version of Holdfast made it
 */
export async function readIdentity(store: MongoStore): Promise<MongoIdentity | undefined> {
  const found = await collectionOf(store).findOne({ _id });
  if (!found) return undefined;
  const { format, epoch, secret, lanes } = found;
  if (format === importingFormat) {
    throw new StoreFailure(
      `An import into the store at ${store.servers} has not ended; drop its databases and import ` +
        'again.',
    );
  }
  if (format !== mongoFormat) {
    throw new StoreFailure(
      `The store at ${store.servers} has format ${String(format)}, this Holdfast knows ` +
        `${mongoFormat}; use the version that wrote it to export, and import elsewhere.`,
    );
  }
  if (typeof epoch !== 'string' || typeof secret !== 'string' || !Number.isInteger(lanes)) {
    throw new StoreFailure(
      `The identity of the store at ${store.servers} is damaged; restore it from a backup.`,
    );
  }
  return { epoch, secret, lanes };
}

/**
 * Of all who start at the same time the first one's becomes everybody's.
 *
 * @param fresh what the store becomes if it is new
 * @throws StoreFailure also when it has another number of lanes
 */
export async function claimIdentity(
  store: MongoStore,
  fresh: MongoIdentity,
): Promise<MongoIdentity> {
  const { epoch, secret, lanes } = fresh;
  try {
    await collectionOf(store).insertOne({ _id, format: mongoFormat, epoch, secret, lanes });
  } catch (failure) {
    if (!(failure instanceof MongoServerError && failure.code === duplicateKey)) throw failure;
  }
  const identity = await readIdentity(store);
  if (!identity) throw new Error('the identity of the store was taken and cannot be read');
  if (identity.lanes !== lanes) {
    throw new StoreFailure(
      `The store at ${store.servers} has ${identity.lanes} lanes, not ${lanes}; ` +
        'start every process with its number, or export and import into a new store.',
    );
  }
  return identity;
}

/**
 * Takes a store that nobody has made yet, until `endImport`.
 *
 * @throws StoreFailure when somebody has, or another import has begun
 */
export async function beginImport(store: MongoStore, identity: MongoIdentity): Promise<void> {
  const { epoch, secret, lanes } = identity;
  const made = { _id, format: importingFormat, epoch, secret, lanes };
  try {
    await collectionOf(store).insertOne(made);
  } catch (failure) {
    if (!(failure instanceof MongoServerError && failure.code === duplicateKey)) throw failure;
    await readIdentity(store);
    throw new StoreFailure(
      `The store at ${store.servers} is in use; ` +
        'set MONGODB_URL to a new one, or drop its databases.',
    );
  }
}

/** The import has ended: from now on it is a store like any other. */
export async function endImport(store: MongoStore): Promise<void> {
  const { matchedCount } = await collectionOf(store).updateOne(
    { _id, format: importingFormat },
    { $set: { format: mongoFormat } },
  );
  if (matchedCount !== 1) throw new Error('the store was taken by somebody else meanwhile');
}
