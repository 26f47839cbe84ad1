/** A clustered system of real processes on real servers: two of each part. */
import { describeWith } from '@holdfast/test-servers/describe-with';
import type { OwnServer } from '@holdfast/test-servers/own-server';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { clientOf, freshKey, type Live, type Message, orderOf, until } from './client.ts';
import {
  type Cluster,
  type ClusterEnvironment,
  type ClusterKeys,
  clusterEnvironment,
  makeKeys,
  runCommand,
  startCluster,
  startGateway,
  startPart,
} from './cluster.ts';
import { availabilityChanged, orderChanged } from './documents.ts';
import { customer, eur } from './system.ts';

const startsWithinMs = 120_000;
const stopsWithinMs = 5_000;
const versionOf = ({ availabilities, availability }: Message): readonly number[] =>
  [...(availabilities ?? []), ...(availability ? [availability] : [])].map(
    ({ version }) => version,
  );
const needed = ['nats-process', 'mongodb-process'] as const;

describeWith(needed, 'a clustered system', ({ startNats, startMongo }) => {
  const servers: OwnServer[] = [];
  let environment: ClusterEnvironment;
  let keys: ClusterKeys;
  let cluster: Cluster;

  beforeAll(async () => {
    const [nats, mongodb] = await Promise.all([startNats(), startMongo()]);
    servers.push(nats, mongodb);
    environment = clusterEnvironment({ natsUrl: nats.url, mongodbUrl: mongodb.url });
  }, startsWithinMs);
  afterAll(async () => {
    await cluster?.stop();
    await Promise.all(servers.map(({ end }) => end()));
  }, startsWithinMs);

  const gateway = (at: number, role?: keyof ClusterKeys) => {
    const url = cluster.gateways[at]?.url ?? '';
    return clientOf(url, role && keys[role]);
  };

  it('is reached from elsewhere only once there is a key for every role', async () => {
    const neighbors = { INVENTORY_URL: 'http://127.0.0.1:1', ORDERS_URL: 'http://127.0.0.1:1' };
    const more = { ...neighbors, HOST: '0.0.0.0' };
    const { code, stderr } = await startPart(environment, 'gateway', more).ended;
    expect([code, stderr]).toEqual([1, expect.stringMatching(/^HOST is .*keys create.*\n$/)]);
  });

  it('starts, two of each', { timeout: startsWithinMs }, async () => {
    keys = await makeKeys(environment);
    cluster = await startCluster(environment, 2);
    for (const { url } of [...cluster.inventory, ...cluster.orders, ...cluster.gateways]) {
      expect((await fetch(`${url}/readyz`)).status).toBe(200);
    }
  });

  it('answers nobody behind the gateways whose call is not signed', async () => {
    for (const { url } of [...cluster.inventory, ...cluster.orders]) {
      const init = { method: 'POST', body: '{"query":"{ __schema { types { name } } }"}' };
      const response = await fetch(`${url}/graphql`, init);
      expect([response.status, await response.text()]).toEqual([401, '']);
    }
  });

  it('is one system, whichever gateway is asked', async () => {
    const [operator, anonymous] = [gateway(0, 'operator'), gateway(1)];
    await operator.must('putItem', { sku: 'TEE' }, 'MasterDataSaved');
    await operator.must('putLocation', { code: 'BER', name: 'Berlin' }, 'MasterDataSaved');
    const live = anonymous.watch(availabilityChanged, { skus: ['TEE'] });
    await live.next(({ __typename }) => __typename === 'AvailabilitySnapshot');
    const receive = { sku: 'TEE', locationCode: 'BER', quantity: 14 };
    await operator.must('receiveStock', receive, 'StockChanged');
    await live.next(({ availability }) => availability?.availableToPromise === 14);
    const lines = [{ sku: 'TEE', quantity: 12, unitPrice: eur(1_000) }];
    const placed = orderOf(await anonymous.must('placeOrder', { customer, lines }, 'OrderPlaced'));
    const changes = gateway(0).watch(orderChanged, { orderId: placed.id });
    await changes.next(({ __typename }) => __typename === 'OrderSnapshot');
    const payment = { orderId: placed.id, outcome: 'AUTHORIZED', reference: 'pay-1' };
    await gateway(1, 'agent').must('recordPayment', payment, 'PaymentRecorded');
    await changes.next(({ event }) => event?.type === 'order.confirmed');
    await live.next(({ availability }) => availability?.availableToPromise === 2);
  });

  it('goes on telling through another gateway after one is killed: no gap, no repeat', async () => {
    const operator = gateway(1, 'operator');
    await operator.must('putItem', { sku: 'TEA' }, 'MasterDataSaved');
    const receive = { sku: 'TEA', locationCode: 'BER', quantity: 1 };
    await operator.must('receiveStock', receive, 'StockChanged');
    const doomed = startGateway(environment, cluster);
    const [before, after] = [clientOf(await doomed.ready(), keys.agent), gateway(0, 'agent')];

    const lines = [{ sku: 'TEA', quantity: 1, unitPrice: eur(1_000) }];
    const wish = { customer, lines };
    const { id: orderId } = orderOf(await gateway(1).must('placeOrder', wish, 'OrderPlaced'));
    const fails = (reference: number) => ({
      orderId,
      outcome: 'FAILED',
      reference: `p${reference}`,
    });
    const stock = before.watch(availabilityChanged, { skus: ['TEA'] });
    const order = before.watch(orderChanged, { orderId });
    await Promise.all([stock.next(() => true), order.next(() => true)]);
    const change = async (at: number) => {
      await operator.must('receiveStock', receive, 'StockChanged');
      await operator.must('recordPayment', fails(at), 'PaymentRecorded');
    };
    for (let at = 0; at < 4; at += 1) await change(at);
    // Changes within one tick are told as one, so that 3 itself may never be told.
    await stock.next(({ availability }) => (availability?.availableToPromise ?? 0) >= 3);
    doomed.child.kill('SIGKILL');
    await doomed.ended;
    for (let at = 4; at < 8; at += 1) await change(at);

    const cursorOf = ({ heard }: Live) => heard.findLast(({ cursor }) => cursor)?.cursor;
    const stockOn = after.watch(availabilityChanged, { skus: ['TEA'], after: cursorOf(stock) });
    const orderOn = after.watch(orderChanged, { orderId, after: cursorOf(order) });
    await stockOn.next(({ availability }) => availability?.availableToPromise === 8);
    const cancel = { orderId, reason: 'enough' };
    await operator.must('cancelOrder', cancel, 'OrderCancelled');
    await orderOn.next(({ event }) => event?.type === 'order.cancelled');

    const versions = [...stock.heard, ...stockOn.heard].flatMap(versionOf);
    expect(versions).toEqual([...new Set(versions)].toSorted((one, other) => one - other));
    const told = [...order.heard, ...orderOn.heard].flatMap(({ event }) => event?.type ?? []);
    const failures = Array.from({ length: 8 }, () => 'order.payment.failed');
    // What the cancel asks of inventory may have been told by now, too.
    expect(told.slice(0, 9)).toEqual([...failures, 'order.cancelled']);
    expect(orderOn.heard[0]?.__typename).toBe('OrderChange');
  });

  it('takes a new key at once, and closes what a revoked one has open', async () => {
    const key = (await runCommand(environment, 'keys', 'create', '--role', 'agent')).trim();
    const asked = '{ stockPositions(sku: "TEE") { onHand } }';
    const client = clientOf(cluster.gateways[0]?.url ?? '', key);
    expect((await client.ask(asked)).errors).toBeUndefined();
    const listed = await runCommand(environment, 'keys', 'list');
    const newest = listed.trimEnd().split('\n').at(-1)?.split(' ')[0] ?? '';
    const url = `${cluster.gateways[1]?.url.replace('http', 'ws')}/graphql`;
    const socket = new WebSocket(url, 'graphql-transport-ws');
    const closed = new Promise<number>((resolve) => void socket.once('close', resolve));
    await new Promise((resolve) => void socket.once('open', resolve));
    socket.send(JSON.stringify({ type: 'connection_init', payload: { authorization: key } }));
    await new Promise((resolve) => void socket.once('message', resolve));
    await runCommand(environment, 'keys', 'revoke', newest);
    const revokedAt = performance.now();
    expect(await closed).toBe(4403);
    expect(performance.now() - revokedAt).toBeLessThan(5_000);
    await until(
      () => client.ask(asked),
      ({ errors }) => errors?.[0]?.extensions.code === 'UNAUTHENTICATED',
    );
    // Each gateway hears of it by itself.
    expect(performance.now() - revokedAt).toBeLessThan(5_000);
  });

  it('a part that is told to stop ends in time, and no acknowledged unit is lost', async () => {
    const operator = gateway(0, 'operator');
    await operator.must('putItem', { sku: 'MUG' }, 'MasterDataSaved');
    let acknowledged = 0;
    let going = true;
    const receiving = (async () => {
      while (going) {
        const idempotencyKey = freshKey();
        const input = { idempotencyKey, sku: 'MUG', locationCode: 'BER', quantity: 1 };
        await until(
          () => operator.mutate('receiveStock', input).catch(() => undefined),
          (answer) => answer?.__typename === 'StockChanged',
        );
        acknowledged += 1;
      }
    })();
    const part = cluster.inventory[0]?.process;
    part?.child.kill('SIGTERM');
    const startedAt = performance.now();
    expect((await part?.ended)?.code).toBe(0);
    expect(performance.now() - startedAt).toBeLessThan(stopsWithinMs);
    const before = acknowledged;
    await expect.poll(() => acknowledged, { timeout: 15_000 }).toBeGreaterThan(before + 5);
    going = false;
    await receiving;
    await until(
      () => operator.availability('MUG'),
      ({ availableToPromise }) => availableToPromise === acknowledged,
    );
  });

  it('all parts end well and in time', { timeout: 30_000 }, async () => {
    const ends = await cluster.stop();
    expect(ends.map(({ code, stderr }) => [code, stderr])).toEqual(ends.map(() => [0, '']));
  });
});
