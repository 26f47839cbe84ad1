import type { Collection, Filter } from 'mongodb';
import type { Keyed } from './insert-each.mongo.ts';
import { workWithinMs } from './store.mongo.ts';

/** At the same time. */
const looksMax = 16;

/** The document of each id that has one, found by its id alone: no scan, whatever the server. */
export async function lookById<Kept extends Keyed>(
  collection: Collection<Kept>,
  ids: readonly string[],
): Promise<ReadonlyMap<string, Kept>> {
  const found = new Map<string, Kept>();
  const waiting = ids.values();
  const look = async () => {
    for (const id of waiting) {
      const document = await collection.findOne({ _id: id } as Filter<Kept>, {
        maxTimeMS: workWithinMs,
      });
      if (document) found.set(id, document as unknown as Kept);
    }
  };
  await Promise.all(Array.from({ length: Math.min(looksMax, ids.length) }, look));
  return found;
}
