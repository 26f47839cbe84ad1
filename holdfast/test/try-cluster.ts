/**
 * `npm run cluster`: a clustered system on real servers, two processes of each part, with keys and
 * a little stock, until Ctrl-C. `-- --count 3` for more of each. What it keeps is gone afterwards.
 */
import { parseArgs } from 'node:util';
import { type FoundServer, findServers } from '@holdfast/test-servers/find-servers';
import { startMongo } from '@holdfast/test-servers/start-mongo';
import { startNats } from '@holdfast/test-servers/start-nats';
import { clientOf } from './client.ts';
import { type Cluster, clusterEnvironment, makeKeys, startCluster } from './cluster.ts';

const { values } = parseArgs({ options: { count: { type: 'string', default: '2' } } });
const count = Number(values.count);
const countMax = 8;
if (!(Number.isInteger(count) && count >= 1 && count <= countMax)) {
  process.stderr.write(`--count is a whole number from 1 to ${countMax}.\n`);
  process.exit(2);
}

const ends: (() => Promise<unknown>)[] = [];
const endAll = async () => {
  for (const end of ends.splice(0).reverse()) await end();
};

/** @throws a sentence when there is none */
async function urlOf(found: FoundServer, start: typeof startNats | typeof startMongo) {
  if (found.status === 'running') return found.url;
  if (found.status === 'missing') throw new Error(`A server is missing: ${found.why}.`);
  const server = await start(found.program);
  ends.push(server.end);
  return server.url;
}

const stock = [
  ['24-WB01', 'Voyage Yoga Bag', 100],
  ['24-MB02', 'Fusion Backpack', 25],
  ['24-UG06', 'Affirm Water Bottle', 1],
] as const;

async function receiveStock(url: string, key: string): Promise<void> {
  const operator = clientOf(url, key);
  await operator.must('putLocation', { code: 'BER', name: 'Berlin' }, 'MasterDataSaved');
  for (const [sku, name, quantity] of stock) {
    await operator.must('putItem', { sku, name }, 'MasterDataSaved');
    await operator.must('receiveStock', { sku, locationCode: 'BER', quantity }, 'StockChanged');
  }
}

const say = (lines: readonly string[]) => process.stdout.write(`${lines.join('\n')}\n`);

async function start(): Promise<Cluster> {
  const { nats, mongodb } = await findServers();
  const natsUrl = await urlOf(nats, startNats);
  const mongodbUrl = await urlOf(mongodb, startMongo);
  say([`NATS      ${natsUrl}`, `MongoDB   ${mongodbUrl}`, 'Starting; this takes a while.', '']);
  const environment = clusterEnvironment({ natsUrl, mongodbUrl });
  const keys = await makeKeys(environment);
  const cluster = await startCluster(environment, count);
  ends.push(cluster.stop);
  const [first] = cluster.gateways;
  if (first === undefined) throw new Error('there is no gateway');
  await receiveStock(first.url, keys.operator);
  const query = '{"query":"{ availability(skus: [\\"24-WB01\\"]) { sku availableToPromise } }"}';
  say([
    ...cluster.inventory.map(({ url, process }) => `inventory ${url}   pid ${process.child.pid}`),
    ...cluster.orders.map(({ url, process }) => `orders    ${url}   pid ${process.child.pid}`),
    ...cluster.gateways.map(({ url, process }) => `gateway   ${url}   pid ${process.child.pid}`),
    '',
    ...Object.entries(keys).map(([role, key]) => `${role.padEnd(10)} ${key}`),
    '',
    `curl ${first.url}/graphql -H 'content-type: application/json' -d '${query}'`,
    `Kill any of them (kill -9 PID) and ask again. ${first.url}/playground has a live one.`,
    'Ctrl-C stops all.',
    '',
    `ready ${first.url}/graphql`,
  ]);
  return cluster;
}

const asked = new Promise<void>((resolve) => {
  process.once('SIGINT', () => resolve());
  process.once('SIGTERM', () => resolve());
});
try {
  await Promise.race([start(), asked]);
  await asked;
} catch (failure) {
  process.stderr.write(`${failure instanceof Error ? failure.message : String(failure)}\n`);
  process.exitCode = 1;
}
await endAll();
process.exit();
