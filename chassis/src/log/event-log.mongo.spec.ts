import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describeWith } from '@holdfast/test-servers/describe-with';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appendNext, commitAfter, happened } from '#test/commits.ts';
import { type MongoTestStore, mongoTestStore } from '#test/mongo-test-store.ts';
import { eventLogContract } from './event-log.contract.ts';
import { mongoEventLog } from './event-log.mongo.ts';
import type { EventLog } from './event-log.ts';
import { commitKey, type StoredCommit } from './stored-commit.mongo.ts';

const appender = fileURLToPath(new URL('../../test/append-until-killed.mongo.ts', import.meta.url));
const lane = { context: 'inventory', lane: 0 };
const events = { 'sku/A': [happened(1)] };

describeWith(['mongodb'], 'MongoDB', ({ mongodbUrl }) => {
  eventLogContract('MongoDB', async () => {
    const mongo = await mongoTestStore(mongodbUrl());
    const others = await Promise.all([1, 2, 3].map(() => mongo.another()));
    let next = 0;
    return {
      log: mongoEventLog(mongo.store()),
      another() {
        next += 1;
        return mongoEventLog(others[next % others.length]!);
      },
      reopen: async () => mongoEventLog(await mongo.reopen()),
      close: mongo.remove,
      async flipBit({ context, lane }, version) {
        const log = mongo.store().collection<StoredCommit>(context, 'log');
        const _id = commitKey(lane, version);
        const body = (await log.findOne({ _id }))?.body ?? '';
        // '1' and '3' differ in one bit.
        const spoilt = body.replace('"units":1', '"units":3');
        const { modifiedCount } = await log.updateOne({ _id }, { $set: { body: spoilt } });
        if (modifiedCount !== 1) throw new Error('nothing was spoilt');
      },
      async appendElsewhere() {
        await mongo.close();
        return spawn(process.execPath, [appender, mongodbUrl(), mongo.prefix], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
      },
    };
  });

  describe('the log on MongoDB', () => {
    let mongo: MongoTestStore;
    let log: EventLog;
    beforeEach(async () => {
      mongo = await mongoTestStore(`${mongodbUrl()}&monitorCommands=true`);
      log = mongoEventLog(mongo.store());
    });
    afterEach(() => mongo.remove());

    it('ends a page where a version is not visible yet, though later ones are', async () => {
      for (let count = 0; count < 5; count += 1) await appendNext(log, lane, events);
      const collection = mongo.store().collection<StoredCommit>('inventory', 'log');
      await collection.deleteOne({ _id: commitKey(0, 3) });
      const other = mongoEventLog(mongo.store());
      expect((await other.read(lane, 1, 10)).map(({ version }) => version)).toEqual([1, 2]);
      expect(await other.read(lane, 3, 10)).toEqual([]);
      expect(await other.read(lane, 3, 1)).toEqual([]);
    });

    it('asks for nothing that was just acknowledged to it, once', async () => {
      for (let count = 0; count < 3; count += 1) await appendNext(log, lane, events);
      const stored = await mongoEventLog(mongo.store()).read(lane, 1, 3);
      let finds = 0;
      mongo.store().client.on('commandStarted', ({ commandName }) => {
        if (commandName === 'find') finds += 1;
      });
      expect([await log.read(lane, 1, 2), await log.read(lane, 3, 1), finds]).toEqual([
        ...[stored.slice(0, 2), stored.slice(2)],
        0,
      ]);
      expect([await log.read(lane, 1, 3), finds > 0]).toEqual([stored, true]);
    });

    it('asks for little more than there is to read', async () => {
      for (let count = 0; count < 6; count += 1) await appendNext(log, lane, events);
      const asked: unknown[] = [];
      mongo.store().client.on('commandStarted', ({ command }) => void asked.push(command.filter));
      const other = mongoEventLog(mongo.store());
      const from = async (version: number) =>
        (await other.read(lane, version, 64)).map((commit) => commit.version);
      const pages = [await from(7), await from(5), await from(1)];
      expect(pages).toEqual([[], [5, 6], [1, 2, 3, 4, 5, 6]]);
      if (mongo.store().rangesAreIndexed) return expect(asked).toHaveLength(3);
      const ids = asked.map((filter) => Reflect.get(Object(filter), '_id'));
      expect(ids.every((id) => typeof id === 'string')).toBe(true);
      expect(ids).toHaveLength(1 + 3 + 7);
    });

    it('finds the end of a lane by few looks, and at once where it has been before', async () => {
      for (let count = 0; count < 40; count += 1) await appendNext(log, lane, events);
      let asked = 0;
      mongo.store().client.on('commandStarted', () => {
        asked += 1;
      });
      const other = mongoEventLog(mongo.store());
      expect((await other.head(lane)).version).toBe(40);
      expect(asked).toBeLessThanOrEqual(2 * Math.log2(64));
      asked = 0;
      expect((await other.head(lane)).version).toBe(40);
      expect(asked).toBeLessThanOrEqual(2);
    });

    it('sends what lanes append at once in few bulks; each stands or falls alone', async () => {
      const lanes = Array.from({ length: 16 }, (_, at) => ({ ...lane, lane: at }));
      for (const each of lanes.filter(({ lane: at }) => at % 3 === 0)) {
        await appendNext(log, each, events);
      }
      let inserts = 0;
      mongo.store().client.on('commandStarted', ({ commandName }) => {
        if (commandName === 'insert') inserts += 1;
      });
      const commits = lanes.map((each) => commitAfter({ version: 0, hash: '' }, each, events));
      const results = await Promise.all(commits.map((commit) => log.append(commit)));
      expect(results).toEqual(lanes.map(({ lane: at }) => (at % 3 === 0 ? 'taken' : 'appended')));
      expect(inserts).toBeLessThanOrEqual(2);
      for (const [at, commit] of commits.entries()) {
        const [stored] = await log.read(lanes[at]!, 1, 1);
        expect(stored?.commitId === commit.commitId).toBe(results[at] === 'appended');
      }
    });
  });
});
