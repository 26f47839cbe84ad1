import { type Collection, type Document, MongoBulkWriteError, type OptionalId } from 'mongodb';
import { duplicateKey } from './failure.mongo.ts';

export type Keyed = Document & { readonly _id: string };

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
  // The driver takes no empty list.
  if (documents.length === 0) return new Set();
  const list = documents as readonly Document[] as OptionalId<Kept>[] as never;
  try {
    const { insertedCount } = await collection.insertMany(list, { ordered: false });
    if (insertedCount !== documents.length) throw new Error('not all documents were acknowledged');
    return new Set();
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
