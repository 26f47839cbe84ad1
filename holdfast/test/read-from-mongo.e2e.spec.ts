/** `verify` and `export` say the same of a log, whichever store it lies in. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type CommitRecord, decodeCommit } from '@holdfast/chassis/commit';
import { mongoEventLog } from '@holdfast/chassis/log/event-log.mongo';
import { claimIdentity } from '@holdfast/chassis/mongo/identity.mongo';
import { openMongoStore } from '@holdfast/chassis/mongo/store.mongo';
import { describeWith } from '@holdfast/test-servers/describe-with';
import { afterEach, expect, it } from 'vitest';
import { keysIn, workshop } from './process.ts';
import { withClients } from './system.ts';

const shop = workshop();
afterEach(() => shop.clear());

const exported = (file: string): readonly string[] =>
  readFileSync(file, 'utf8').trimEnd().split('\n');

describeWith(['mongodb-process'], 'a log in MongoDB', ({ startMongo }) => {
  it('is verified and exported as it was in SQLite, and a breach is found', {
    timeout: 60_000,
  }, async () => {
    const folder = shop.folder();
    const running = shop.start(folder);
    const url = await running.ready();
    const system = withClients({ url, keys: keysIn(folder), close: async () => {} });
    for (let item = 0; item < 10; item += 1) await system.stock(`SKU${item}`, { BER: 5 });
    running.child.kill('SIGTERM');
    await running.ended;
    const run = (args: readonly string[], environment = {}) =>
      shop.start(folder, environment, args).ended;
    const [here, there] = [join(folder, 'here.ndjson'), join(folder, 'there.ndjson')];
    expect(await run(['export', here])).toMatchObject({ code: 0 });

    const server = await startMongo();
    const store = await openMongoStore({ url: server.url, own: ['inventory', 'orders'] });
    await claimIdentity(store, { epoch: 'e', secret: 's', lanes: 1 });
    const log = mongoEventLog(store);
    for (const line of exported(here)) {
      await log.append(decodeCommit(JSON.parse(line) as CommitRecord));
    }
    const clustered = {
      ...{ NATS_URL: 'nats://127.0.0.1:1', MONGODB_URL: server.url },
      HOLDFAST_SECRET: 'x'.repeat(32),
    };
    const sqlite = await run(['verify']);
    expect(sqlite.stdout).toMatch(/^inventory:0: \d+ commits[\s\S]*verified\n$/);
    expect(await run(['verify'], clustered)).toEqual(sqlite);
    expect(await run(['export', there], clustered)).toMatchObject({ code: 0 });
    expect(exported(there)).toEqual(exported(here));

    await store.collection<{ _id: string }>('inventory', 'log').deleteOne({
      _id: '00#000000000003',
    });
    expect(await run(['verify'], clustered)).toMatchObject({
      ...{ code: 1, stderr: expect.stringContaining('commit 3 of inventory:0 is missing') },
    });
    await store.close();
    await server.end();
    expect(await run(['verify'], clustered)).toMatchObject({
      ...{ code: 1, stderr: expect.stringMatching(/^No MongoDB answers at [^\n]*\n$/) },
    });
  });
});
