/** The same system with its subgraphs behind sockets: two servers of each, any of which may go. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Answer, freshKey, type Message, orderOf, reservationOf, until } from './client.ts';
import { availabilityChanged, orderChanged } from './documents.ts';
import { type ServedTwice, serveTwice } from './served-subgraphs.ts';
import { customer, eur } from './system.ts';

let system: ServedTwice;
beforeAll(async () => {
  system = await serveTwice();
});
afterAll(() => system.end());

const patience = { timeout: 15_000, interval: 20 };
/** Waits for what needs time and no request of ours. */
const comes = (look: () => unknown) => expect.poll(look, patience);
const ready = () => comes(() => system.gateway.notReady()).toEqual([]);

it('is ready once each subgraph has a server that is', async () => {
  await ready();
  expect((await fetch(`${system.url}/readyz`)).status).toBe(200);
});

it('holds, orders and tells of it live, as in one process', async () => {
  const { anonymous, agent } = system;
  await system.stock('TEE', { BER: 14 });
  const stock = anonymous.watch(availabilityChanged, { skus: ['TEE'] });
  await stock.next(({ availabilities }) => availabilities?.[0]?.availableToPromise === 14);
  const wish = { lines: [{ sku: 'TEE', quantity: 12 }], buyer: 'cart of ada 000001' };
  const hold = reservationOf(await anonymous.must('reserveStock', wish, 'StockReserved'));
  await stock.next(({ availability }) => availability?.availableToPromise === 2);
  const lines = [{ sku: 'TEE', quantity: 12, unitPrice: eur(1_000) }];
  const order = { reservationId: hold.id, customer, lines };
  const placed = orderOf(await anonymous.must('placeOrder', order, 'OrderPlaced'));
  const changes = anonymous.watch(orderChanged, { orderId: placed.id });
  await changes.next(({ __typename }) => __typename === 'OrderSnapshot');
  const payment = { orderId: placed.id, outcome: 'AUTHORIZED', reference: 'pay-1' };
  await agent.must('recordPayment', payment, 'PaymentRecorded');
  await changes.next(({ event }) => event?.type === 'order.payment.authorized');
  await changes.next(({ event }) => event?.type === 'order.confirmed');
});

it('answers a mutation with the cursor that includes it', async () => {
  const query =
    'mutation ($input: ReceiveStockInput!) { receiveStock(input: $input) { __typename } }';
  const input = { idempotencyKey: freshKey(), sku: 'TEE', locationCode: 'BER', quantity: 1 };
  const { extensions } = await system.operator.ask(query, { input });
  expect(extensions).toMatchObject({ cursor: expect.any(String) });
});

it('sends who asks: a key without the right is refused behind the door as before it', async () => {
  const { errors } = await system.storefront.ask('{ stockPositions(sku: "TEE") { sku } }');
  expect(errors?.[0]?.extensions.code).toBe('FORBIDDEN');
  const seen = await system.partner.ask('{ stockPositions(sku: "TEE") { sku } }');
  expect(seen.errors).toBeUndefined();
});

/** Asks without a pause until told to stop. @returns what went wrong, and how often it went well */
const load = (ask: () => Promise<{ readonly errors?: unknown }>) => {
  let stopped = false;
  let answered = 0;
  const failures: unknown[] = [];
  const ask1 = async () => {
    while (!stopped) {
      const { errors } = await ask();
      if (errors) failures.push(errors);
      else answered += 1;
    }
  };
  const running = Promise.all(Array.from({ length: 8 }, ask1));
  return {
    answered: () => answered,
    async stop() {
      stopped = true;
      await running;
      return failures;
    },
  };
};

const unlessTold = (failure: unknown) => {
  if (!String(failure).includes('UNAVAILABLE')) throw failure;
  return undefined;
};

/** As a client does: what it knows nothing of it sends again, under the same key. */
const untilAnswered = async (mutate: () => Promise<Answer>, typename: string) => {
  const answer = await until(
    () => mutate().catch(unlessTold),
    (answer) => answer !== undefined,
  );
  expect(answer).toMatchObject({ __typename: typename });
};

const ascending = (numbers: readonly number[]) =>
  numbers.every((number, at) => at === 0 || number > (numbers[at - 1] ?? 0));

it('goes on when a server is killed: no query fails, no subscription has a gap', async () => {
  const { anonymous, operator, inventory } = system;
  await ready();
  await system.stock('MUG', { BER: 1 });
  const live = anonymous.watch(availabilityChanged, { skus: ['MUG'] });
  await live.next(({ __typename }) => __typename === 'AvailabilitySnapshot');
  const queries = load(() => anonymous.ask('{ availability(skus: ["MUG"]) { version } }'));
  const receive = async () => {
    const idempotencyKey = freshKey();
    const input = { idempotencyKey, sku: 'MUG', locationCode: 'BER', quantity: 1 };
    await untilAnswered(() => operator.mutate('receiveStock', input), 'StockChanged');
  };
  let units = 1;
  for (const { way } of inventory) {
    for (let at = 0; at < 10; at += 1, units += 1) await receive();
    await way.cut();
    const before = queries.answered();
    for (let at = 0; at < 10; at += 1, units += 1) await receive();
    await comes(queries.answered).toBeGreaterThan(before + 100);
    await way.mend();
    await ready();
  }
  const isLast = ({ availability }: Message) => availability?.availableToPromise === units;
  await live.next(isLast);
  expect(units).toBe(41);
  const versions = live.heard.flatMap(({ availability }) => availability?.version ?? []);
  expect(ascending(versions)).toBe(true);
  expect(await queries.stop()).toEqual([]);
  expect(queries.answered()).toBeGreaterThan(200);
});

it('tells every event of an order, whichever servers are killed meanwhile', async () => {
  const { anonymous, agent, orders } = system;
  await system.stock('CAP', { BER: 50 });
  const lines = [{ sku: 'CAP', quantity: 6, unitPrice: eur(1_000) }];
  const placed = orderOf(
    await anonymous.must('placeOrder', { customer, lines, channel: 'default' }, 'OrderPlaced'),
  );
  const live = anonymous.watch(orderChanged, { orderId: placed.id });
  await live.next(({ __typename }) => __typename === 'OrderSnapshot');
  const payment = { orderId: placed.id, outcome: 'AUTHORIZED', reference: 'pay-2' };
  await agent.must('recordPayment', payment, 'PaymentRecorded');
  for (const { way } of orders) {
    await way.cut();
    const line = { lineId: placed.lines[0]?.id, quantity: 1, restock: true };
    const input = { orderId: placed.id, reason: 'changed their mind', lines: [line] };
    const cancel = { idempotencyKey: freshKey(), ...input };
    await untilAnswered(() => agent.mutate('cancelOrder', cancel), 'OrderCancelled');
    await way.mend();
    await ready();
  }
  const final = await agent.order(placed.id);
  await live.next(({ order }) => order?.version === final?.version);
  const cursors = live.heard.flatMap(({ __typename, cursor }) =>
    __typename === 'OrderChange' ? Number(cursor?.split('.').at(-1)) : [],
  );
  // One for each version, none twice: a cursor is the order's version.
  expect(cursors).toEqual(cursors.map((_, at) => (cursors[0] ?? 0) + at));
});

it('a stop of a server is noticed by nobody, whatever is asked', async () => {
  const { anonymous, operator, inventory } = system;
  const queries = load(() => anonymous.ask('{ availability(skus: ["MUG"]) { version } }'));
  const receive =
    'mutation ($input: ReceiveStockInput!) { receiveStock(input: $input) { __typename } }';
  const mutations = load(() => {
    const input = { sku: 'MUG', locationCode: 'BER', quantity: 1 };
    return operator.ask(receive, { input: { idempotencyKey: freshKey(), ...input } });
  });
  await comes(mutations.answered).toBeGreaterThan(50);
  await inventory[0].server.close();
  const before = mutations.answered();
  await comes(mutations.answered).toBeGreaterThan(before + 100);
  expect(await mutations.stop()).toEqual([]);
  expect(await queries.stop()).toEqual([]);
});

it('without any server a subgraph is UNAVAILABLE, and says so at /readyz', async () => {
  const { anonymous, inventory } = system;
  for (const { way } of inventory) await way.cut();
  const { errors } = await anonymous.ask('{ availability(skus: ["MUG"]) { version } }');
  expect(errors?.[0]?.extensions.code).toBe('UNAVAILABLE');
  await comes(() => system.gateway.notReady().length).toBe(1);
  const response = await fetch(`${system.url}/readyz`);
  expect(response.status).toBe(503);
  expect(await response.json()).toMatchObject({
    reasons: ['inventory: none of its 2 processes is ready (it cannot be reached)'],
  });
});
