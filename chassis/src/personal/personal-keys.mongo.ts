import { randomBytes } from 'node:crypto';
import { Binary } from 'mongodb';
import { tellingAway } from '../mongo/away.mongo.ts';
import { bulkInserter } from '../mongo/bulk-inserter.mongo.ts';
import { insertEach } from '../mongo/insert-each.mongo.ts';
import type { MongoStore } from '../mongo/store.mongo.ts';
import type { PersonalKeys, RandomBytes } from './personal-keys.ts';

type StoredKey = { readonly _id: string; readonly key: Binary };

const keyBytes = 32;
const triesMax = 5;

/** @param owner the context in whose database the keys are kept */
export function mongoPersonalKeys(
  store: MongoStore,
  owner: string,
  random: RandomBytes = randomBytes,
): PersonalKeys {
  const keys = store.collection<StoredKey>(owner, 'personal_keys');

  const find = async (subject: string): Promise<Uint8Array | undefined> => {
    const found = await keys.findOne({ _id: subject });
    return found ? new Uint8Array(found.key.buffer) : undefined;
  };

  const insertSoon = bulkInserter(keys, () => keyBytes);

  /** undefined when another one was first. */
  const insert = async (subject: string): Promise<Uint8Array | undefined> => {
    const key = random(keyBytes);
    const result = await insertSoon({ _id: subject, key: new Binary(key) });
    return result === 'inserted' ? key : undefined;
  };

  return tellingAway({
    async create(subject) {
      for (let tries = 0; tries < triesMax; tries += 1) {
        // Nearly always it is the first; two at once must seal with the same, and it may be
        // forgotten in between.
        const key = (await insert(subject)) ?? (await find(subject));
        if (key) return key;
      }
      throw new Error('the key of a subject is made and forgotten all the time');
    },
    find,
    async forget(subject) {
      await keys.deleteOne({ _id: subject });
    },
  });
}

const keysAtOnce = 500;

/** Keys that were made elsewhere, as they are. */
export async function keepMongoKeys(
  store: MongoStore,
  owner: string,
  keys: readonly (readonly [subject: string, key: Uint8Array])[],
): Promise<void> {
  const kept = store.collection<StoredKey>(owner, 'personal_keys');
  for (let at = 0; at < keys.length; at += keysAtOnce) {
    const some = keys.slice(at, at + keysAtOnce);
    await insertEach(
      kept,
      some.map(([_id, key]) => ({ _id, key: new Binary(key) })),
    );
  }
}
