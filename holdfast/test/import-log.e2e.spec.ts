/** `holdfast import --log`: what it writes, and what it refuses. */
import {
  appendFileSync,
  copyFileSync,
  existsSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Commit } from '@holdfast/chassis/commit';
import { sqliteReadModel } from '@holdfast/chassis/read-model/read-model.sqlite';
import { openSqliteStore } from '@holdfast/chassis/sqlite/sqlite-store';
import { openStoredLog } from '@holdfast/chassis/stored/stored-log.sqlite';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { importInto, readBeside } from '../src/commands/import-log.ts';
import { surveyLog } from '../src/log-import/exported-log.ts';
import { sqliteTarget } from '../src/log-import/sqlite-target.ts';
import { orderOf } from './client.ts';
import { keysIn, workshop } from './process.ts';
import { customer, withClients } from './system.ts';

/** Each command is a process of its own. */
const withinMs = 60_000;
vi.setConfig({ testTimeout: withinMs, hookTimeout: withinMs });

const shop = workshop();
afterAll(() => shop.clear());

let source = '';
let file = '';
const run = (folder: string, ...args: readonly string[]) => shop.start(folder, {}, args).ended;
const read = (path: string) => readFileSync(path, 'utf8');

beforeAll(async () => {
  const folder = shop.folder();
  source = folder;
  file = join(folder, 'log.ndjson');
  const running = shop.start(folder);
  const url = await running.ready();
  const system = withClients({ url, keys: keysIn(folder), close: async () => {} });
  await system.stock('TEE', { BER: 9 });
  await system.stock('MUG', { BER: 9 });
  const lines = ['TEE', 'MUG'].map((sku) => ({ sku, quantity: 1 }));
  for (let count = 0; count < 3; count += 1) {
    await system.storefront.must('reserveStock', { lines }, 'StockReserved');
    const placed = await system.partner.must('placeOrder', { lines, customer }, 'OrderPlaced');
    expect(orderOf(placed).status).toBe('CONFIRMED');
  }
  running.child.kill('SIGTERM');
  await running.ended;
  expect(await run(folder, 'export', file)).toMatchObject({ code: 0 });
});

async function stored(folder: string) {
  const opened = openStoredLog(folder);
  const commits: Commit[] = [];
  for await (const commit of opened.commits()) commits.push(commit);
  const secrets = await opened.secrets();
  await opened.close();
  return { commits, secrets };
}

/** A copy of the export, with what lies beside it changed. */
function altered(change: (beside: Record<string, unknown>) => object): string {
  const copy = join(shop.folder(), 'log.ndjson');
  copyFileSync(file, copy);
  writeFileSync(`${copy}.keys`, JSON.stringify(change(JSON.parse(read(`${file}.keys`)))));
  return copy;
}

async function importedIn(laneCount: number, from = file) {
  const folder = shop.folder();
  const target = await sqliteTarget(folder, laneCount);
  const survey = await surveyLog(from);
  await importInto(target, { file: from, survey, sourceLanes: 1, beside: readBeside(from) });
  await target.close();
  return stored(folder);
}

it('copies a log into as many lanes as it has, and who acts on it goes on', async () => {
  const folder = shop.folder();
  expect(await run(folder, 'import', '--log', file)).toMatchObject({ code: 0 });
  const again = join(folder, 'again.ndjson');
  expect(await run(folder, 'export', again)).toMatchObject({ code: 0 });
  expect(read(again)).toBe(read(file));
  const { secrets } = await stored(folder);
  const served = secrets.positions?.find(({ consumer }) => consumer === 'inventory.serve-orders');
  const beside = JSON.parse(read(`${file}.keys`));
  expect(beside.positions).toContainEqual(served);
  expect(secrets.personalKeys).toEqual(beside.personalKeys);
});

it('puts who acts on a log where it had come to, in every lane', async () => {
  const upTo = 4;
  const behind = altered(({ positions, ...rest }) => ({
    ...rest,
    positions: (positions as { consumer: string }[]).map((each) =>
      each.consumer === 'inventory.serve-orders' ? { ...each, version: upTo } : each,
    ),
  }));
  const [ready, late] = [await importedIn(4), await importedIn(4, behind)];
  const heads = [...(await surveyLog(file)).heads.values()];
  const ids = new Set(
    read(file)
      .split('\n')
      .filter((line) => line.includes('"orders"'))
      .map((line) => JSON.parse(line) as Commit)
      .filter(({ context, version }) => context === 'orders' && version <= upTo)
      .map(({ commitId }) => commitId),
  );
  expect(heads.find(({ context }) => context === 'orders')?.version).toBeGreaterThan(upTo);
  for (let lane = 0; lane < 4; lane += 1) {
    const own = late.commits.filter((each) => each.context === 'orders' && each.lane === lane);
    const last = own.findLast(({ commitId, version }) => version === 1 || ids.has(commitId));
    const stand = ({ secrets }: typeof late) =>
      secrets.positions?.find(
        (each) => each.consumer === 'inventory.serve-orders' && each.lane === lane,
      );
    expect(stand(late)).toMatchObject({ version: last?.version, hash: last?.hash });
    expect(stand(ready)).toMatchObject({ version: own.length });
  }
});

it('says at the export what is parked and stays behind, and goes on without any rows', async () => {
  const store = await openSqliteStore({ folder: source, onFailure: () => {} });
  const collection = 'parked.inventory.serve-orders';
  const parked = { collection, id: 'orders:0:1', version: 1, body: '{}' };
  await sqliteReadModel(store).write([parked], []);
  await store.close();
  const again = join(shop.folder(), 'log.ndjson');
  expect(await run(source, 'export', again)).toMatchObject({
    ...{ code: 0, stderr: expect.stringMatching(/^1 groups of events are parked and stay behind/) },
  });
  for (const end of ['', '-shm', '-wal']) rmSync(join(source, `rows.db${end}`), { force: true });
  expect(await run(source, 'export', again)).toMatchObject({ code: 0, stderr: '' });
  expect(readBeside(again)?.positions).toBeUndefined();
  const { commits, secrets } = await importedIn(2, again);
  for (const { context, lane, version } of secrets.positions ?? []) {
    const own = commits.filter((each) => each.context === context && each.lane === lane);
    expect(version).toBe(own.length);
  }
  expect(secrets.positions).toHaveLength(8);
});

it('refuses a log that breaks off or was changed, before it writes anything', async () => {
  const folder = join(shop.folder(), 'new');
  const broken = altered((beside) => beside);
  const lines = read(file).split('\n');
  const changed = lines.with(2, lines[2]?.replace('BER', 'PAR') ?? '');
  expect(changed).not.toEqual(lines);
  writeFileSync(broken, changed.join('\n'));
  expect(await run(folder, 'import', '--log', broken)).toMatchObject({
    ...{ code: 1, stderr: 'Line 3 breaks the chain of inventory:0; export the log again.\n' },
  });
  copyFileSync(file, broken);
  appendFileSync(broken, '{"context":"inventory"');
  expect(await run(folder, 'import', '--log', broken)).toMatchObject({
    ...{ code: 1, stderr: expect.stringMatching(/^Line \d+ is not a commit; /) },
  });
  expect(existsSync(folder)).toBe(false);
});

it('refuses a store that is not empty, or that another import has left half filled', async () => {
  const folder = shop.folder();
  const target = await sqliteTarget(folder);
  await target.begin('secret');
  await target.close();
  const half = {
    code: 1,
    stderr: expect.stringMatching(/^An import into .* has not ended; delete/),
  };
  expect(await run(folder, 'import', '--log', file)).toMatchObject(half);
  expect(await run(folder, 'start')).toMatchObject(half);
  const full = shop.folder();
  expect(await run(full, 'import', '--log', file)).toMatchObject({ code: 0 });
  expect(await run(full, 'import', '--log', file)).toMatchObject({
    ...{ code: 1, stderr: expect.stringContaining('is not empty; set HOLDFAST_DATA') },
  });
});

it('refuses to make many lanes one, and says where they can go', async () => {
  const many = altered((beside) => ({ ...beside, lanes: 16 }));
  expect(await run(shop.folder(), 'import', '--log', many)).toMatchObject({
    code: 1,
    stderr:
      'This log has 16 lanes and an embedded store has one; set NATS_URL and MONGODB_URL to ' +
      'import it into a clustered store, which keeps its lanes.\n',
  });
});
