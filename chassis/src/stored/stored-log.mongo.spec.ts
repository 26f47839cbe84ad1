import { describeWith } from '@holdfast/test-servers/describe-with';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { appendNext, commitAfter, happened } from '#test/commits.ts';
import { type MongoTestStore, mongoTestStore } from '#test/mongo-test-store.ts';
import type { Commit } from '../commit.ts';
import { mongoEventLog } from '../log/event-log.mongo.ts';
import { type Head, readFrom, StoreCorrupt } from '../log/event-log.ts';
import { commitKey, type StoredCommit } from '../log/stored-commit.mongo.ts';
import { claimIdentity } from '../mongo/identity.mongo.ts';
import { mongoPersonalKeys } from '../personal/personal-keys.mongo.ts';
import { mongoReadModel } from '../read-model/read-model.mongo.ts';
import { openStoredMongoLog } from './stored-log.mongo.ts';
import type { StoredLog } from './stored-log.ts';
import { verifyChain } from './verify-chain.ts';

const lane = { context: 'inventory', lane: 2 };
const lanes = [{ context: 'inventory', lane: 0 }, lane, { context: 'orders', lane: 1 }];
const nameOf = ({ context, lane, version }: Commit) => `${context}:${lane}:${version}`;

describeWith(['mongodb'], 'a MongoDB store read from outside', ({ mongodbUrl }) => {
  let mongo: MongoTestStore;
  let stored: StoredLog | undefined;
  beforeEach(async () => {
    mongo = await mongoTestStore(mongodbUrl());
    await claimIdentity(mongo.store(), { epoch: 'e', secret: 'hushed', lanes: 4 });
    const log = mongoEventLog(mongo.store());
    for (const each of lanes) {
      let head: Head = { version: 0, hash: '' };
      for (let count = 0; count < 100; count += 1) {
        const commit = commitAfter(head, each, { a: [happened(1)] });
        await log.append(commit);
        head = commit;
      }
    }
  });
  afterEach(async () => {
    await stored?.close();
    stored = undefined;
    await mongo.remove();
  });

  const open = async () => {
    const options = { url: mongodbUrl(), prefix: mongo.prefix };
    stored = await openStoredMongoLog(options, ['orders', 'inventory']);
    return stored;
  };
  const logOf = (context: string) => mongo.store().collection<StoredCommit>(context, 'log');

  it('shows all commits in order, and none that came later', async () => {
    const { commits } = await open();
    const log = mongoEventLog(mongo.store());
    await appendNext(log, lane, { a: [happened(1)] });
    const seen = await Array.fromAsync(commits());
    const expected = lanes.flatMap((each) =>
      Array.from({ length: 100 }, (_, at) => `${each.context}:${each.lane}:${at + 1}`),
    );
    expect(seen.map(nameOf)).toEqual(expected);
    const [first] = await log.read(lane, 1, 1);
    expect(seen[100]).toEqual(first);
  });

  it('brings along what goes on elsewhere: secret, keys of personal data, positions', async () => {
    const key = await mongoPersonalKeys(mongo.store(), 'orders').create('ord_1');
    const position = { consumer: 'policy:x', ...lane, version: 7, hash: 'h' };
    const readModel = mongoReadModel(mongo.store(), 'orders');
    const parked = { collection: 'parked.policy:x', id: 'i', version: 1, body: '{}' };
    await readModel.write([parked, { ...parked, collection: 'skus' }], [position]);
    const opened = await open();
    expect(await opened.parkedGroups()).toBe(1);
    expect(await opened.secrets()).toEqual({
      meta: { secret: 'hushed' },
      ...{ positions: [position], lanes: 4 },
      personalKeys: { ord_1: Buffer.from(key).toString('base64url') },
    });
  });

  it('is sound by its chain, and shows where it no longer is', async () => {
    const log = mongoEventLog(mongo.store());
    expect(await verifyChain(lane, readFrom(log, lane, 1, 30))).toMatchObject({
      ...{ commits: 100, events: 100, breach: undefined },
    });
    await logOf('inventory').deleteOne({ _id: commitKey(2, 40) });
    const all = await Array.fromAsync((await open()).commits());
    const ours = all.filter((commit) => commit.context === 'inventory' && commit.lane === 2);
    expect(await verifyChain(lane, ours)).toMatchObject({
      breach: { version: 40, rule: 'VersionsDense' },
    });
  });

  it('stops at a commit that is not what was written', async () => {
    await logOf('orders').updateOne(
      { _id: commitKey(1, 7) },
      { $set: { commitId: 'x', body: '{}' } },
    );
    const { commits } = await open();
    const seen: Commit[] = [];
    const reading = (async () => {
      for await (const commit of commits()) seen.push(commit);
    })();
    await expect(reading).rejects.toThrow(StoreCorrupt);
    expect(seen.map(nameOf).at(-1)).toBe('orders:1:6');
  });

  it('is refused where there is none', async () => {
    const nowhere = { url: mongodbUrl(), prefix: 'nobody_' };
    await expect(openStoredMongoLog(nowhere, ['orders'])).rejects.toThrow(/There is no store at/);
  });
});
