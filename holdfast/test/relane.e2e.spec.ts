/**
 * A shop that grows out of one file: the log of an embedded system, exported and imported into a
 * clustered one of 16 lanes, where everybody finds what they had and goes on.
 */
import { join } from 'node:path';
import { describeWith } from '@holdfast/test-servers/describe-with';
import { afterEach, expect, it } from 'vitest';
import { type Answer, freshKey, orderOf, reservationOf, until } from './client.ts';
import { clusterEnvironment } from './cluster.ts';
import { type MutationName, movementsQuery, mutationOf, positionsQuery } from './documents.ts';
import { keysIn, workshop } from './process.ts';
import { customer, type System, withClients } from './system.ts';

const shop = workshop();
afterEach(() => shop.clear());

/** At 16 lanes in lanes 0, 11, 1 and 13. */
const skus = ['TEE', 'MUG', 'CAP', 'PEN'] as const;
/** E.g. `TEE 2, MUG 1`. */
const linesOf = (text: string) =>
  text.split(', ').map((line) => {
    const [sku = '', quantity] = line.split(' ');
    return { sku, quantity: Number(quantity) };
  });

type Request = {
  readonly by: 'storefront' | 'partner' | 'agent';
  readonly name: MutationName;
  readonly input: object;
};

/** What was asked, to be asked again: the answers as they came. */
function asking(system: System) {
  const asked: { readonly request: Request; readonly answer: Answer }[] = [];
  const ask = async (by: Request['by'], name: MutationName, more: object) => {
    const request = { by, name, input: { idempotencyKey: freshKey(), ...more } };
    const answer = await system[by].mutate(name, request.input);
    asked.push({ request, answer });
    return answer;
  };
  return {
    asked,
    ask,
    hold: async (lines: string, more: object = {}) =>
      ask('storefront', 'reserveStock', { lines: linesOf(lines), ...more }),
    order: async (lines: string, more: object = {}) =>
      ask('partner', 'placeOrder', { lines: linesOf(lines), customer, ...more }),
  };
}

async function trade(system: System) {
  const patient = { code: 'patient', mode: 'RESERVATION', backorder: 'UNLIMITED' };
  await system.operator.must('putProductClass', patient, 'MasterDataSaved');
  await system.stock('TEE', { BER: 20, PAR: 2 });
  await system.stock('MUG', { BER: 20 });
  await system.stock('CAP', { BER: 9 });
  await system.stock('PEN', { BER: 1 }, 'patient');
  const { asked, ask, hold, order } = asking(system);
  const wide = reservationOf(await hold('TEE 2, MUG 3'));
  const narrow = reservationOf(await hold('CAP 1'));
  const long = reservationOf(await hold('CAP 1, TEE 1', { ttlSeconds: 60 }));
  await ask('storefront', 'extendReservation', { reservationId: long.id, ttlSeconds: 600 });
  const back = reservationOf(await hold('TEE 1, MUG 1'));
  await ask('storefront', 'releaseReservation', { reservationId: back.id });
  await hold('MUG 1, TEE 1000');
  const buyer = { buyer: 'ada-and-her-cart-0123456789' };
  await hold('TEE 1, CAP 1', buyer);
  const taken = reservationOf(await hold('CAP 1, MUG 1', buyer));
  const placed = orderOf(await order('TEE 2, MUG 1'));
  const converted = orderOf(
    await ask('partner', 'placeOrder', { reservationId: taken.id, customer }),
  );
  const waiting = orderOf(await order('PEN 3, TEE 1'));
  await order('CAP 1000, MUG 1');
  const cancelled = orderOf(await order('MUG 2, CAP 1'));
  const reason = 'changed my mind';
  await ask('agent', 'cancelOrder', { orderId: cancelled.id, reason });
  const orders = [placed, converted, waiting, cancelled].map(({ id }) => id);
  const holds = [wide, narrow, long, back, taken].map(({ id }) => id);
  return { asked, orders, holds, wide, long, placed, waiting };
}
type Traded = Awaited<ReturnType<typeof trade>>;

async function seen(system: System, { orders, holds }: Traded) {
  const bySku = await Promise.all(
    skus.map(async (sku) => {
      const { asOf: _, ...availability } = await system.operator.availability(sku);
      const positions = await system.operator.ask(positionsQuery, { sku });
      const movements = await system.operator.ask(movementsQuery, { sku });
      return { availability, positions, movements };
    }),
  );
  const found = await Promise.all(orders.map((id) => system.agent.order(id)));
  const byNumber = `query ($number: String!) { answer: orderByNumber(number: $number) { id } }`;
  const number = (order: (typeof found)[number]) => ({ number: order?.number });
  return {
    bySku,
    orders: found,
    numbered: await Promise.all(found.map((each) => system.agent.ask(byNumber, number(each)))),
    holds: await Promise.all(holds.map((id) => system.storefront.reservation(id))),
  };
}

const retried = async (system: System, { asked }: Traded) => {
  const answers: unknown[] = [];
  for (const { request } of asked) {
    const { by, name, input } = request;
    const { text } = await system[by].post({ query: mutationOf(name), variables: { input } });
    answers.push(JSON.parse(text).data);
  }
  return answers;
};

async function goOn(system: System, { wide, long, placed, waiting }: Traded) {
  const promised = async (sku: string) =>
    (await system.operator.availability(sku)).availableToPromise;
  const [tees, mugs] = [await promised('TEE'), await promised('MUG')];
  const released = { reservationId: wide.id };
  await system.storefront.must('releaseReservation', released, 'ReservationReleased');
  await until(
    () => promised('MUG'),
    (units) => units === (mugs ?? 0) + 3,
  );
  expect(await promised('TEE')).toBe((tees ?? 0) + 2);
  const extended = { reservationId: long.id, ttlSeconds: 900 };
  await system.storefront.must('extendReservation', extended, 'StockReserved');
  await system.agent.must('cancelOrder', { orderId: placed.id, reason: 'late' }, 'OrderCancelled');
  await until(
    () => promised('MUG'),
    (units) => units === (mugs ?? 0) + 4,
  );
  const received = { sku: 'PEN', locationCode: 'BER', quantity: 10 };
  await system.operator.must('receiveStock', received, 'StockChanged');
  await until(
    () => system.agent.order(waiting.id),
    (order) => order?.status === 'CONFIRMED',
  );
  const numbers = new Set<string>();
  for (let count = 0; count < 8; count += 1) {
    const wish = { lines: linesOf('TEE 1, PEN 1'), customer };
    const order = orderOf(await system.partner.must('placeOrder', wish, 'OrderPlaced'));
    expect(order.status).toBe('CONFIRMED');
    numbers.add(order.number);
  }
  expect(numbers.size).toBe(8);
  return numbers;
}

describeWith(['nats', 'mongodb-process'], 'a log of one lane', ({ natsUrl, startMongo }) => {
  it('is imported into 16, and everybody finds what they had', { timeout: 180_000 }, async () => {
    const folder = shop.folder();
    const embedded = shop.start(folder);
    const keys = keysIn.bind(undefined, folder);
    const url = await embedded.ready();
    const before = withClients({ url, keys: keys(), close: async () => {} });
    const traded = await trade(before);
    const wasSeen = await seen(before, traded);
    expect(wasSeen.numbered.map(({ data }) => data?.answer)).toEqual(
      traded.orders.map((id) => ({ id })),
    );
    const wasAnswered = await retried(before, traded);
    embedded.child.kill('SIGTERM');
    await embedded.ended;

    const mongo = await startMongo();
    const environment = clusterEnvironment({ natsUrl: natsUrl(), mongodbUrl: mongo.url });
    const file = join(folder, 'log.ndjson');
    const run = (args: readonly string[], set = {}) => shop.start(folder, set, args).ended;
    expect(await run(['export', file])).toMatchObject({ code: 0 });
    expect(await run(['import', '--log', file], environment)).toMatchObject({
      ...{ code: 0, stdout: expect.stringMatching(/commits imported into .* in 16 lanes/) },
    });
    const promises = /^\d+ SKUs, \d+ claims, \d+ promises, none beyond what was free$/m;
    const [there] = promises.exec((await run(['verify'], environment)).stdout) ?? [];
    expect(there).toBe(promises.exec((await run(['verify'])).stdout)?.[0]);
    expect(there).toBeDefined();
    expect(await run(['import', '--log', file], environment)).toMatchObject({
      ...{ code: 1, stderr: expect.stringContaining('is not empty') },
    });

    const clustered = shop.start(undefined, environment, ['start']);
    const after = withClients({
      url: await clustered.ready(),
      keys: keys(),
      close: async () => {},
    });
    expect(await seen(after, traded)).toEqual(wasSeen);
    expect(await retried(after, traded)).toEqual(wasAnswered);
    expect(await seen(after, traded)).toEqual(wasSeen);
    const known = new Set(wasSeen.orders.map((order) => order?.number));
    for (const number of await goOn(after, traded)) expect(known.has(number)).toBe(false);
    for (const client of [before, after]) client.agent.close();
    clustered.child.kill('SIGTERM');
    expect(await clustered.ended).toMatchObject({ code: 0 });
    expect((await run(['verify'], environment)).stdout).toMatch(/verified\n$/);
    await mongo.end();
  });
});
