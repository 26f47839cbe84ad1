import {
  type Collection,
  type Document,
  MongoBulkWriteError,
  MongoServerError,
  MongoWriteConcernError,
  type OptionalUnlessRequiredId,
} from 'mongodb';
import { duplicateKey } from './failure.mongo.ts';

export type Keyed = Document & { readonly _id: string };

const none: ReadonlySet<number> = new Set();

/**
 * Inserts documents that stand or fall each alone, in one unordered bulk.
 *
 * @returns the places in the list of those whose _id was taken; all others are durable
 * @throws when the outcome of any is unknown: each may be stored or not, now or later
 */
export async function insertEach<Kept extends Keyed>(
  collection: Collection<Kept>,
  documents: readonly Kept[],
): Promise<ReadonlySet<number>> {
  const list = documents as readonly OptionalUnlessRequiredId<Kept>[];
  const [first] = list;
  // The driver takes no empty list.
  if (first === undefined) return none;
  return list.length === 1 ? insertOne(collection, first) : insertMany(collection, list);
}

/** A bulk of one costs the driver half as much again. */
async function insertOne<Kept extends Keyed>(
  collection: Collection<Kept>,
  document: OptionalUnlessRequiredId<Kept>,
): Promise<ReadonlySet<number>> {
  try {
    const { acknowledged } = await collection.insertOne(document);
    if (!acknowledged) throw new Error('the document was not acknowledged');
    return none;
  } catch (failure) {
    // Without the concern it may be there today and gone tomorrow, whatever else is said of it.
    const isLost = failure instanceof MongoWriteConcernError;
    const isTaken = failure instanceof MongoServerError && failure.code === duplicateKey;
    if (isTaken && !isLost) return new Set([0]);
    throw failure;
  }
}

async function insertMany<Kept extends Keyed>(
  collection: Collection<Kept>,
  documents: readonly OptionalUnlessRequiredId<Kept>[],
): Promise<ReadonlySet<number>> {
  try {
    const { insertedCount } = await collection.insertMany(documents, { ordered: false });
    if (insertedCount !== documents.length) throw new Error('not all documents were acknowledged');
    return none;
  } catch (failure) {
    if (!(failure instanceof MongoBulkWriteError)) throw failure;
    const refused = [failure.writeErrors].flat();
    // A lost connection comes as the same kind of failure, with neither errors nor successes.
    const settled =
      failure.result.getWriteConcernError() === undefined &&
      refused.every(({ code }) => code === duplicateKey) &&
      failure.result.insertedCount + refused.length === documents.length;
    if (!settled) throw failure;
    return new Set(refused.map(({ index }) => index));
  }
}
