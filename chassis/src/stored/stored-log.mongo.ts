/** A MongoDB store read from outside, each log up to where it was when it was opened. */
import type { Binary } from 'mongodb';
import type { Commit, LaneId } from '../commit.ts';
import { parkedCollection } from '../following/parked.ts';
import { readsByRange } from '../log/commit-reads.mongo.ts';
import { mongoEventLog } from '../log/event-log.mongo.ts';
import { commitFromStored, commitKey, type StoredCommit } from '../log/stored-commit.mongo.ts';
import { asMongoFailure } from '../mongo/failure.mongo.ts';
import { type MongoIdentity, readIdentity } from '../mongo/identity.mongo.ts';
import { type MongoStore, type OpenMongoOptions, openMongoStore } from '../mongo/store.mongo.ts';
import { countDocumentsIn, positionsIn } from '../read-model/read-model.mongo.ts';
import type { Position } from '../read-model/read-model.ts';
import { StoreFailure } from '../store-failure.ts';
import { type StoredLog, type StoreSecrets, textOfKey } from './stored-log.ts';

/** Commits in memory at once: some are as long as 256 KiB. */
const batchCommits = 64;

type LogEnd = LaneId & { readonly version: number };

/**
 * All ends first: what the running system appends meanwhile is not seen. A log is only ever added
 * to, so up to there it stays what it is.
 */
async function endsOf(
  store: MongoStore,
  contexts: readonly string[],
  lanes: number,
): Promise<readonly LogEnd[]> {
  // Whoever proves that a log is dense must not find its end by counting on that.
  const log = mongoEventLog(store, readsByRange);
  const all = contexts
    .toSorted()
    .flatMap((context) => Array.from({ length: lanes }, (_, lane): LaneId => ({ context, lane })));
  const ends: LogEnd[] = [];
  for (const lane of all) ends.push({ ...lane, version: (await log.head(lane)).version });
  return ends;
}

/** What is missing is not passed over here: whoever follows the versions finds it. */
async function* commitsTo(store: MongoStore, end: LogEnd): AsyncGenerator<Commit> {
  const ids = { $gte: commitKey(end.lane, 1), $lte: commitKey(end.lane, end.version) };
  const cursor = store
    .collection<StoredCommit>(end.context, 'log')
    .find({ _id: ids }, { batchSize: batchCommits })
    .sort({ _id: 1 });
  try {
    for await (const stored of cursor) yield commitFromStored(end, stored);
  } finally {
    await cursor.close();
  }
}

async function secretsOf(
  store: MongoStore,
  contexts: readonly string[],
  { secret, lanes }: MongoIdentity,
  positions: readonly Position[],
): Promise<StoreSecrets> {
  const personalKeys: Record<string, string> = {};
  for (const context of contexts) {
    const keys = store.collection<{ _id: string; key: Binary }>(context, 'personal_keys');
    for await (const { _id, key } of keys.find()) personalKeys[_id] = textOfKey(key.buffer);
  }
  return { meta: { secret }, personalKeys, positions, lanes };
}

async function positionsOf(
  store: MongoStore,
  contexts: readonly string[],
): Promise<readonly Position[]> {
  const positions: Position[] = [];
  for (const context of contexts) positions.push(...(await positionsIn(store, context)));
  return positions;
}

async function parkedGroupsOf(store: MongoStore, contexts: readonly string[]): Promise<number> {
  let groups = 0;
  for (const context of contexts) {
    groups += await countDocumentsIn(store, context, parkedCollection(''));
  }
  return groups;
}

/** @throws StoreFailure when there is no store, or it cannot be read */
export async function openStoredMongoLog(
  options: Omit<OpenMongoOptions, 'own'>,
  contexts: readonly string[],
): Promise<StoredLog> {
  const store = await openMongoStore({ ...options, own: [] });
  const sound = async <Result>(read: () => Promise<Result>): Promise<Result> => {
    try {
      return await read();
    } catch (failure) {
      throw asMongoFailure(failure, store.servers) ?? failure;
    }
  };
  try {
    return await sound(async () => {
      const identity = await readIdentity(store);
      if (!identity) {
        throw new StoreFailure(
          `There is no store at ${store.servers} yet; start Holdfast there, or set MONGODB_URL.`,
        );
      }
      // Before the ends: what a follower has done up to there is in the logs then.
      const positions = await positionsOf(store, contexts);
      const ends = await endsOf(store, contexts, identity.lanes);
      return {
        async *commits() {
          for (const end of ends) {
            const commits = commitsTo(store, end);
            for (;;) {
              const next = await sound(() => commits.next());
              if (next.done) break;
              yield next.value;
            }
          }
        },
        secrets: () => sound(() => secretsOf(store, contexts, identity, positions)),
        parkedGroups: () => sound(() => parkedGroupsOf(store, contexts)),
        close: store.close,
      };
    });
  } catch (failure) {
    await store.close();
    throw failure;
  }
}
