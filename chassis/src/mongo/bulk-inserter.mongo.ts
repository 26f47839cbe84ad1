import type { Collection } from 'mongodb';
import { insertEach, type Keyed } from './insert-each.mongo.ts';

type InsertResult = 'inserted' | 'taken';

type Waiting<Kept> = {
  readonly document: Kept;
  readonly resolve: (result: InsertResult) => void;
  readonly reject: (failure: unknown) => void;
};

const bulkDocumentsMax = 64;
/** A single document may be longer. */
const bulkCharactersMax = 4 * 1024 * 1024;
/** While one is under way what else is to be inserted gathers. */
const bulksUnderWayMax = 2;

/**
 * What waits at the same time goes in one bulk, e.g. the commits of all lanes (DESIGN 2 "Owner").
 * Each document stands or falls alone.
 *
 * @param charactersIn about how long a document is
 */
export function bulkInserter<Kept extends Keyed>(
  collection: Collection<Kept>,
  charactersIn: (document: Kept) => number,
) {
  let waiting: Waiting<Kept>[] = [];
  let underWay = 0;

  const take = (): readonly Waiting<Kept>[] => {
    let characters = 0;
    let count = 0;
    for (const { document } of waiting.slice(0, bulkDocumentsMax)) {
      characters += charactersIn(document);
      if (count > 0 && characters > bulkCharactersMax) break;
      count += 1;
    }
    const taken = waiting.slice(0, count);
    waiting = waiting.slice(count);
    return taken;
  };

  const send = () => {
    if (waiting.length === 0 || underWay >= bulksUnderWayMax) return;
    const bulk = take();
    underWay += 1;
    const documents = bulk.map(({ document }) => document);
    insertEach(collection, documents)
      .then(
        (taken) => {
          for (const [at, { resolve }] of bulk.entries()) {
            resolve(taken.has(at) ? 'taken' : 'inserted');
          }
        },
        (failure: unknown) => {
          for (const { reject } of bulk) reject(failure);
        },
      )
      .finally(() => {
        underWay -= 1;
        send();
      });
  };

  return (document: Kept): Promise<InsertResult> =>
    new Promise((resolve, reject) => {
      waiting.push({ document, resolve, reject });
      // What others insert in the same turn goes along.
      queueMicrotask(send);
    });
}
