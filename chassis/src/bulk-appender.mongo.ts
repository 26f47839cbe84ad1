import type { Collection } from 'mongodb';
import type { AppendResult } from './event-log.ts';
import { insertEach } from './insert-each.mongo.ts';
import type { StoredCommit } from './stored-commit.mongo.ts';

type Waiting = {
  readonly document: StoredCommit;
  readonly resolve: (result: AppendResult) => void;
  readonly reject: (failure: unknown) => void;
};

const bulkCommitsMax = 64;
/** A single commit may be longer. */
const bulkCharactersMax = 4 * 1024 * 1024;
/** While one is under way the commits of other lanes gather. */
const bulksUnderWayMax = 2;

/** The commits of all lanes that wait at the same time go in one bulk (DESIGN 2 "Owner"). */
export function bulkAppender(collection: Collection<StoredCommit>) {
  let waiting: Waiting[] = [];
  let underWay = 0;

  const take = (): readonly Waiting[] => {
    let characters = 0;
    let count = 0;
    for (const { document } of waiting.slice(0, bulkCommitsMax)) {
      characters += document.body.length;
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
    insertEach(
      collection,
      bulk.map(({ document }) => document),
    )
      .then(
        (taken) => {
          for (const [at, { resolve }] of bulk.entries()) {
            resolve(taken.has(at) ? 'taken' : 'appended');
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

  return (document: StoredCommit): Promise<AppendResult> =>
    new Promise((resolve, reject) => {
      waiting.push({ document, resolve, reject });
      // What other lanes append in the same turn goes along.
      queueMicrotask(send);
    });
}
