import type { Collection, Filter } from 'mongodb';
import type { Keyed } from './insert-each.mongo.ts';
import { workWithinMs } from './store.mongo.ts';

const idsMax = 500;

/** The document of each id, in the order asked; undefined where there is none. */
export async function findEach<Kept extends Keyed>(
  collection: Collection<Kept>,
  ids: readonly string[],
): Promise<readonly (Kept | undefined)[]> {
  const found = new Map<string, Kept>();
  for (let at = 0; at < ids.length; at += idsMax) {
    const part = ids.slice(at, at + idsMax);
    // One by its id alone: that is never a scan, whatever the server.
    const filter = { _id: part.length === 1 ? part[0] : { $in: part } } as Filter<Kept>;
    const documents = await collection.find(filter, { maxTimeMS: workWithinMs }).toArray();
    for (const document of documents as unknown as Kept[]) found.set(document._id, document);
  }
  return ids.map((id) => found.get(id));
}
