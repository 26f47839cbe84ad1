import { describeWith } from '@holdfast/test-servers/describe-with';
import { expect, it } from 'vitest';
import { clockAt } from '#test/clock-at.ts';
import { type MongoTestStore, mongoTestStore } from '#test/mongo-test-store.ts';
import { mongoReadModel } from '../read-model/read-model.mongo.ts';
import { mongoLaneRows } from '../rows/lane-rows.mongo.ts';
import { writeById } from './write-by-id.mongo.ts';

const clock = clockAt(() => 0);
const lane = { context: 'inventory', lane: 0 };

async function inStoreAt(url: string, run: (mongo: MongoTestStore) => Promise<void>) {
  const mongo = await mongoTestStore(url);
  try {
    await run(mongo);
  } finally {
    await mongo.remove();
  }
}

// Of our own: a bare FerretDB 1 reads and then writes, and somebody may write between.
describeWith(['mongodb-process'], 'rows on a server that updates in one step', ({ startMongo }) => {
  it('end at the highest version, whoever of several writers came last', async () => {
    const server = await startMongo();
    await inStoreAt(server.url, async (mongo) => {
      const stores = [mongo.store(), await mongo.another(), await mongo.another()];
      const all = stores.map((store) => mongoLaneRows(store, clock));
      for (let round = 0; round < 15; round += 1) {
        const versions = [1, 2, 3, 4, 5, 6, 7, 8].map((version) => ({
          ...{ stream: `sku/${round}`, version, state: `{"v":${version}}`, due: undefined },
        }));
        await Promise.all(
          versions.map((row, at) =>
            all[(at + round) % all.length]!.write(lane, {
              ...{ streams: [row], outcomes: [], checkpoint: undefined },
            }),
          ),
        );
        expect(await all[0]!.streams(lane, [`sku/${round}`])).toEqual([versions.at(-1)]);
      }
    }).finally(server.end);
  });
});

describeWith(['mongodb'], 'rows on MongoDB', ({ mongodbUrl }) => {
  const inStore = (run: (mongo: MongoTestStore) => Promise<void>) => inStoreAt(mongodbUrl(), run);

  it('are written though others of the same batch are older than what is there', () =>
    inStore(async (mongo) => {
      const rows = mongoLaneRows(mongo.store(), clock);
      const at = (stream: string, version: number) => ({
        ...{ stream, version, state: `"${version}"`, due: undefined },
      });
      const write = (...streams: ReturnType<typeof at>[]) =>
        rows.write(lane, { streams, outcomes: [], checkpoint: undefined });
      await write(at('a', 5), at('b', 1), at('c', 5), at('d', 1));
      await write(at('a', 2), at('b', 2), at('c', 2), at('d', 2), at('e', 2));
      const found = await rows.streams(lane, ['a', 'b', 'c', 'd', 'e']);
      expect(found.map((row) => row?.version)).toEqual([5, 2, 5, 2, 2]);
    }));

  it('of an older version touch nothing, where one is found by its id alone', () =>
    inStore(async (mongo) => {
      const store = mongo.store();
      let writes = 0;
      const inTurn: typeof store.inTurn = (database, write) => {
        writes += 1;
        return store.inTurn(database, write);
      };
      const kept = store.collection<{ _id: string; version: number }>('inventory', 'documents');
      const write = (version: number) =>
        writeById({ ...store, inTurn }, kept, [{ _id: 'a', version }]);
      await write(5);
      writes = 0;
      await write(2);
      // For what is new, which is nothing.
      expect(writes).toBe(1);
      expect(await kept.findOne({ _id: 'a' })).toMatchObject({ version: 5 });
    }));

  it('forget outcomes once they need not be kept, a bounded part at a time', () =>
    inStore(async (mongo) => {
      let now = 0;
      const moving = clockAt(() => now);
      const rows = mongoLaneRows(mongo.store(), moving);
      const outcome = (number: number, keepUntil: number) => ({
        ...{ id: `k${number}`, version: 1, input: '', outcome: { accepted: null }, keepUntil },
      });
      const many = Array.from({ length: 700 }, (_, number) => outcome(number, 100));
      const kept = outcome(999, 50_000);
      await rows.write(lane, { streams: [], outcomes: [...many, kept], checkpoint: 1 });
      const left = async () => (await rows.outcomeIds(lane, '', 1_000)).length;
      expect(await left()).toBe(701);
      now = 20_000;
      await rows.write(lane, { streams: [], outcomes: [], checkpoint: 2 });
      expect(await left()).toBe(201);
      await rows.write(lane, { streams: [], outcomes: [], checkpoint: 3 });
      expect(await rows.outcomeIds(lane, '', 1_000)).toEqual(['k999']);
    }));

  it('do not come back by a writer who is late', () =>
    inStore(async (mongo) => {
      const [ours, late] = [mongo.store(), await mongo.another()].map((store) =>
        mongoReadModel(store, 'orders'),
      );
      const row = { collection: 'parked.x', id: 'a', version: 1, body: '1' };
      await ours?.write([row], []);
      await ours?.write([{ ...row, version: 2, body: undefined }], []);
      await late?.write([row], []);
      expect(await ours?.get('parked.x', ['a'])).toEqual([undefined]);
      const all = { prefix: '', limit: 10, direction: 'up' } as const;
      expect(await ours?.range('parked.x', all)).toEqual([]);
    }));
});
