import { describeWith } from '@holdfast/test-servers/describe-with';
import type { Document } from 'mongodb';
import { afterEach, describe, expect, it } from 'vitest';
import { clockAt } from '#test/clock-at.ts';
import { appendNext, happened } from '#test/commits.ts';
import { type Answer, fakeMongo, hello } from '#test/fake-mongo.ts';
import { mongoTestStore } from '#test/mongo-test-store.ts';
import { mongoEventLog } from '../log/event-log.mongo.ts';
import { mongoLaneRows } from '../rows/lane-rows.mongo.ts';
import { StoreFailure } from '../store-failure.ts';
import { claimIdentity, readIdentity } from './identity.mongo.ts';
import { rightsOf } from './rights.mongo.ts';
import { openMongoStore } from './store.mongo.ts';

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) await close();
});

const open = (url: string, own = ['inventory']) => openMongoStore({ url, own, prefix: 'test_' });

/** What a start against this URL is refused with. */
async function refusal(url: string): Promise<string> {
  const failure = await open(url).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(failure).toBeInstanceOf(StoreFailure);
  return (failure as StoreFailure).message;
}

async function fake(answer: Answer): Promise<string> {
  const server = await fakeMongo(answer);
  closers.push(server.close);
  return server.url;
}
const isHello = (command: Document) => 'hello' in command || 'ismaster' in command;
const withUser = (url: string) => url.replace('mongodb://', 'mongodb://anna:sesame4711@');

describe('a MongoDB that cannot be used is refused with one sentence', () => {
  it('a URL of something else, which is not shown', async () => {
    for (const url of [
      'nonsense',
      'http://a:sesame@b',
      'mongodb://',
      'mongodb://a:s@b/?nonsense=1',
    ]) {
      expect(await refusal(url)).toBe(
        'MONGODB_URL is not the URL of a MongoDB; set it to mongodb://HOST:PORT/ or its like.',
      );
    }
  });

  it('nobody there', async () => {
    const { url, close } = await fakeMongo(() => undefined);
    await close();
    const sentence = await refusal(withUser(url));
    expect(sentence).toMatch(/^No MongoDB answers at 127\.0\.0\.1:\d+; start it, or correct/);
    expect(sentence).not.toContain('sesame');
  });

  it.each([5, 20])('too old, wire version %i', async (version) => {
    const url = await fake((command) => (isHello(command) ? hello(version) : undefined));
    expect(await refusal(url)).toMatch(/is older than 7\.0; install MongoDB 7\.0/);
  });

  it('wrong user or password, neither of which is shown', async () => {
    const denied = { ok: 0, code: 18, codeName: 'AuthenticationFailed', errmsg: 'no' };
    const url = await fake((command) => ('saslStart' in command ? denied : undefined));
    const sentence = await refusal(withUser(url));
    expect(sentence).toMatch(/refuses the user or the password of MONGODB_URL; correct them\.$/);
    expect(sentence).not.toMatch(/anna|sesame/);
  });

  it('a user without rights', async () => {
    const denied = { ok: 0, code: 13, codeName: 'Unauthorized', errmsg: 'no' };
    const url = await fake((command) => ('listIndexes' in command ? denied : taken(command)));
    expect(await refusal(url)).toMatch(/lacks rights at .*; give it the roles/);
  });

  it('a member of a replica set that is no primary', async () => {
    const secondary = { ...hello(21), setName: 'rs', isWritablePrimary: false, secondary: true };
    const url = await fake((command) => (isHello(command) ? secondary : undefined));
    const set = url.replace('directConnection=true', 'replicaSet=rs');
    expect(await refusal(set)).toMatch(/has no primary; check the replica set/);
  });

  it('one that takes an id twice', async () => {
    const url = await fake(() => undefined);
    expect(await refusal(url)).toMatch(/takes the same _id twice.*use MongoDB 7\.0 or newer/);
  });
});

let probes = 0;
/** Up to the probe's second insert everything is well. */
function taken(command: Document): Document | undefined {
  if (command.insert !== 'probes') return probed(command);
  probes += 1;
  if (probes % 2 === 1) return undefined;
  return { ok: 1, n: 0, writeErrors };
}
function probed(command: Document): Document | undefined {
  if (command.find !== 'probes') {
    const [update] = (command.updates ?? []) as readonly { q: { version: { $lt: number } } }[];
    return update?.q.version.$lt === 2 ? { ok: 1, n: 0, nModified: 0 } : undefined;
  }
  return { ok: 1, cursor: { id: 0n, ns: 'a.b', firstBatch: [{ _id: 'x', version: 5 }] } };
}

const writeErrors = [{ index: 0, code: 11_000, errmsg: 'E11000' }];

it.each([
  ['a success', { n: 1 }],
  ['a version that somebody else has', { n: 0, writeErrors }],
])('no failure of replication passes for %s', async (_, answer) => {
  const late = { code: 64, codeName: 'WriteConcernTimeout', errmsg: 'waiting for replication' };
  const url = await fake((command) =>
    'insert' in command ? { ok: 1, ...answer, writeConcernError: late } : undefined,
  );
  const store = await open(url, []);
  closers.unshift(store.close);
  const log = mongoEventLog(store);
  await expect(appendNext(log, { context: 'inventory', lane: 0 }, {})).rejects.toThrow();
});

it('a server that falls silent is not waited for', async () => {
  const url = await fake((command) => ('insert' in command ? 'silence' : undefined));
  const store = await open(url, []);
  closers.unshift(store.close);
  const lane = { context: 'inventory', lane: 0 };
  await expect(appendNext(mongoEventLog(store), lane, {})).rejects.toThrow();
}, 9_000);

it('what the URL wishes otherwise, stays safe', async () => {
  const commands: Document[] = [];
  const url = await fake((command) => {
    commands.push(command);
    return undefined;
  });
  const wishes = 'w=1&journal=false&wtimeoutMS=1&readPreference=secondary&readConcernLevel=local';
  const store = await open(`${url}&${wishes}`, []);
  closers.unshift(store.close);
  const lane = { context: 'inventory', lane: 0 };
  await appendNext(mongoEventLog(store), lane, {});
  const inserted = commands.find((command) => 'insert' in command);
  expect(inserted?.writeConcern).toEqual({ w: 'majority', j: true, wtimeout: 4_000 });
  const read = commands.find((command) => 'find' in command);
  expect(read).toMatchObject({ readConcern: { level: 'majority' }, maxTimeMS: 4_000 });
  expect(store.collection('inventory', 'log').readPreference?.mode).toBe('primary');
});

describeWith(['mongodb'], 'a MongoDB store', ({ mongodbUrl }) => {
  const made = async (url = mongodbUrl()) => {
    const mongo = await mongoTestStore(url);
    closers.push(mongo.remove);
    return mongo;
  };
  const identity = (epoch: string, lanes = 16) => ({ epoch, secret: `secret ${epoch}`, lanes });

  it('is one store for all who start at the same time', async () => {
    const mongo = await made();
    expect(await readIdentity(mongo.store())).toBeUndefined();
    const claimed = await Promise.all(
      ['a', 'b', 'c'].map(async (epoch) => claimIdentity(await mongo.another(), identity(epoch))),
    );
    expect(new Set(claimed.map(({ secret }) => secret)).size).toBe(1);
    expect(await readIdentity(await mongo.reopen())).toEqual(claimed[0]);
  });

  it('refuses another number of lanes and another format', async () => {
    const store = (await made()).store();
    await claimIdentity(store, identity('a'));
    await expect(claimIdentity(store, identity('b', 8))).rejects.toThrow(/has 16 lanes, not 8/);
    await store.shared('meta').updateOne({}, { $set: { format: 2 } });
    await expect(readIdentity(store)).rejects.toThrow(/has format 2, this Holdfast knows 1/);
  });

  it('names an index that is another than ours, and what to run', async () => {
    const mongo = await made();
    const streams = mongo.store().collection('inventory', 'streams');
    await streams.dropIndex('due');
    await streams.createIndex({ due: 1 }, { name: 'due' });
    const refused = await mongo.reopen().catch((failure: unknown) => String(failure));
    expect(refused).toContain('_inventory.streams at 127.0.0.1');
    expect(refused).toContain('is over {"due":1}, not {"lane":1,"due":1}; run db.getSiblingDB(');
    expect(refused).toContain(").streams.dropIndex('due') and start again.");
  });

  it('only ever adds to and reads a log, and does no more than its role allows', async () => {
    const mongo = await made(`${mongodbUrl()}&monitorCommands=true`);
    const store = mongo.store();
    const done = new Set<string>();
    store.client.on('commandStarted', ({ commandName, command, databaseName }) => {
      const collection = command[commandName];
      if (typeof collection === 'string') done.add(`${databaseName}.${collection} ${commandName}`);
    });
    const lane = { context: 'inventory', lane: 0 };
    const log = mongoEventLog(store);
    for (let count = 0; count < 3; count += 1) await appendNext(log, lane, { a: [happened(1)] });
    await log.read(lane, 1, 10);
    const stream = { stream: 'a', version: 1, state: '{}', due: 1 };
    const kept = { id: 'k', version: 1, input: '', outcome: { accepted: null }, keepUntil: 1 };
    const clock = clockAt(() => 2);
    const rows = mongoLaneRows(store, clock);
    await rows.write(lane, { streams: [stream], outcomes: [kept], checkpoint: 1 });
    await rows.write(lane, { streams: [], outcomes: [], checkpoint: 2 });
    await claimIdentity(store, identity('a'));
    const rights = rightsOf('inventory', [], mongo.prefix);
    const commandsOf: Record<string, readonly string[]> = {
      remove: ['delete'],
      update: ['update', 'findAndModify'],
    };
    const allowed = rights.flatMap(({ resource: { db, collection }, actions }) =>
      actions
        .flatMap((action) => commandsOf[action] ?? [action])
        .map((command) => `${db}.${collection} ${command}`),
    );
    expect(done.size).toBeGreaterThan(8);
    expect([...done].filter((each) => !allowed.includes(each))).toEqual([]);
    expect([...done].filter((each) => each.includes('.log '))).toEqual([
      ...[`${mongo.prefix}inventory.log find`, `${mongo.prefix}inventory.log insert`],
    ]);
    expect(allowed.filter((each) => /\.log (update|delete|findAndModify)/.test(each))).toEqual([]);
  });
});
