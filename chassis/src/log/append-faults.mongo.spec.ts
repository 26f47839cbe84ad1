/** What becomes of commits when the connection or the server goes away in the middle. */
import { describeWith } from '@holdfast/test-servers/describe-with';
import type { OwnServer } from '@holdfast/test-servers/own-server';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { commitAfter, happened } from '#test/commits.ts';
import { type CutProxy, cutProxy } from '#test/cut-proxy.ts';
import { systemClock } from '../clock.ts';
import type { LaneId } from '../commit.ts';
import { type MongoStore, openMongoStore } from '../mongo/store.mongo.ts';
import { mongoReadModel } from '../read-model/read-model.mongo.ts';
import { StoreAway } from '../store-failure.ts';
import { verifyChain } from '../stored/verify-chain.ts';
import { appendUntilSettled } from './append-until-settled.ts';
import { mongoEventLog } from './event-log.mongo.ts';
import { type EventLog, type Head, readFrom } from './event-log.ts';

const clock = systemClock();
const lane: LaneId = { context: 'inventory', lane: 3 };
const events = { 'sku/A': [happened(1)] };
const genesis: Head = { version: 0, hash: '' };
const faultTimeoutMs = 60_000;

describeWith(['mongodb-process'], 'MongoDB that goes away', ({ startMongo }) => {
  let server: OwnServer;
  let proxy: CutProxy;
  let store: MongoStore;
  let log: EventLog;
  beforeEach(async () => {
    server = await startMongo();
    proxy = await cutProxy(server.port);
    const url = `mongodb://127.0.0.1:${proxy.port}/?directConnection=true`;
    store = await openMongoStore({ url, own: ['inventory'], prefix: 'faults_' });
    log = mongoEventLog(store);
  });
  afterEach(async () => {
    await store.close();
    await proxy.close();
    await server.end();
  });

  /** Appends one after the other until told to stop, each until it is settled. */
  async function appendOn(of: LaneId, stopped: () => boolean): Promise<number> {
    let head = genesis;
    while (!stopped()) {
      const commit = commitAfter(head, of, events);
      const isMine = await appendUntilSettled(log, clock, commit, () => false);
      expect(isMine).toBe(true);
      head = { version: commit.version, hash: commit.hash };
    }
    return head.version;
  }

  it('says nothing of a commit whose answer is lost; again it is found', async () => {
    const commit = commitAfter(genesis, lane, events);
    proxy.loseNextAnswer();
    await expect(log.append(commit)).rejects.toThrow();
    expect(await log.append(commit)).toBe('taken');
    expect(await log.read(lane, 1, 1)).toMatchObject([{ commitId: commit.commitId }]);
    expect(await appendUntilSettled(log, clock, commit, () => false)).toBe(true);
  });

  it('loses no acknowledged commit and makes none twice while connections break', {
    timeout: faultTimeoutMs,
  }, async () => {
    let cuts = 0;
    const done = () => cuts >= 10;
    const lanes = [0, 1, 2, 3].map((number): LaneId => ({ ...lane, lane: number }));
    const appending = lanes.map((of) => appendOn(of, done));
    while (!done()) {
      await new Promise((resolve) => setTimeout(resolve, 40));
      if (cuts % 2 === 0) proxy.loseNextAnswer();
      else proxy.cutAll();
      cuts += 1;
    }
    for (const [at, reached] of (await Promise.all(appending)).entries()) {
      expect(reached).toBeGreaterThan(1);
      const report = await verifyChain(lanes[at]!, readFrom(log, lanes[at]!, 1));
      expect(report).toMatchObject({ commits: reached, breach: undefined });
    }
  });

  it('goes on by itself after the server was killed and came back', {
    timeout: faultTimeoutMs,
  }, async () => {
    const readModel = mongoReadModel(store, 'inventory');
    let isOver = false;
    const appending = appendOn(lane, () => isOver);
    await expect.poll(async () => (await log.head(lane)).version).toBeGreaterThan(10);
    await server.kill();
    await expect(log.append(commitAfter(genesis, lane, events))).rejects.toThrow(StoreAway);
    await expect(readModel.get('stock', ['a'])).rejects.toThrow(StoreAway);
    await server.restart();
    const before = (await retried(() => log.head(lane))).version;
    await expect
      .poll(async () => (await log.head(lane)).version, { timeout: 15_000 })
      .toBeGreaterThan(before + 10);
    isOver = true;
    const reached = await appending;
    const report = await verifyChain(lane, readFrom(log, lane, 1));
    expect(report).toMatchObject({ commits: reached, breach: undefined });
    await readModel.write([{ collection: 'stock', id: 'a', version: 1, body: '1' }], []);
    expect(await readModel.get('stock', ['a'])).toMatchObject([{ body: '1' }]);
  });

  it('has one winner for each of 300 versions when four connections race', {
    timeout: faultTimeoutMs,
  }, async () => {
    const url = server.url;
    const open = () => openMongoStore({ url, own: [], prefix: 'faults_' });
    const stores = await Promise.all([1, 2, 3, 4].map(open));
    const logs = stores.map((store) => mongoEventLog(store));
    const results = { appended: 0, taken: 0 };
    for (let version = 1; version <= 300; version += 1) {
      const commits = logs.map(() => commitAfter({ version: version - 1, hash: '' }, lane, events));
      const heard = await Promise.all(logs.map((each, at) => each.append(commits[at]!)));
      for (const result of heard) results[result] += 1;
      const [winner] = await log.read(lane, version, 1);
      expect(winner?.commitId).toBe(commits[heard.indexOf('appended')]?.commitId);
    }
    expect(results).toEqual({ appended: 300, taken: 900 });
    await Promise.all(stores.map((each) => each.close()));
  });
});

async function retried<Result>(ask: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await ask();
    } catch (failure) {
      if (tries === 10) throw failure;
    }
  }
}
