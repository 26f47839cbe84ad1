import { afterEach, beforeEach, expect, it } from 'vitest';
import { allocates, itemSaved } from './inventory-facts.ts';
import { mutate, orderOf, type ShownOrder, watch } from './orders-graphql.ts';
import { caller, openWorld, type World } from './orders-world.ts';

let world: World;
let order: ShownOrder;

beforeEach(async () => {
  world = await openWorld();
  await world.tell('sku/TEE', itemSaved('TEE'));
  world.answer = allocates();
  const input = {
    ...{ idempotencyKey: 'place', customer: { email: 'ada@example.org' } },
    lines: [{ sku: 'TEE', quantity: 3, unitPrice: { amount: 5, currency: 'EUR' } }],
  };
  order = orderOf(await mutate(world, 'placeOrder', input, caller('storefront')));
});
afterEach(async () => {
  expect(world.failures).toEqual([]);
  await world.end();
});

const pay = () =>
  mutate(world, 'recordPayment', {
    ...{ idempotencyKey: 'pay', orderId: order.id, outcome: 'AUTHORIZED', reference: 'pay-1' },
  });
const snapshot = { __typename: 'OrderSnapshot', cursor: 'store1.3', order: { version: 3 } };
const authorized = {
  ...{ __typename: 'OrderChange', cursor: 'store1.4', event: { type: 'order.payment.authorized' } },
  order: { status: 'CONFIRMED', version: 5 },
};
const confirmed = {
  ...{ __typename: 'OrderChange', cursor: 'store1.5', event: { type: 'order.confirmed' } },
};

it('shows the order, then every fact in order, each once', async () => {
  const live = await watch(world, order.id);
  expect(await live.next()).toMatchObject(snapshot);
  const next = live.next();
  await pay();
  expect(await next).toMatchObject(authorized);
  expect(await live.next()).toMatchObject(confirmed);
  const cancelling = { idempotencyKey: 'c', orderId: order.id, reason: 'no' };
  await mutate(world, 'cancelOrder', cancelling);
  expect(await live.next()).toMatchObject({
    cursor: 'store1.6',
    event: { type: 'order.cancelled' },
  });
  await live.end();
});

it('misses nothing that happens between the snapshot and the first look', async () => {
  const live = await watch(world, order.id);
  await pay();
  expect(await live.next()).toMatchObject(snapshot);
  expect(await live.next()).toMatchObject(authorized);
  expect(await live.next()).toMatchObject(confirmed);
  await live.end();
});

it('resumes with exactly the later facts, then says that it has caught up', async () => {
  await pay();
  const live = await watch(world, order.id, 'store1.4');
  expect(await live.next()).toMatchObject(confirmed);
  expect(await live.next()).toMatchObject({
    ...{ __typename: 'Heartbeat', cursor: 'store1.5', asOf: '2100-01-01T00:00:00.000Z' },
  });
  await live.end();
});

it('resumes at the newest with the mark alone', async () => {
  const live = await watch(world, order.id, 'store1.3');
  expect(await live.next()).toMatchObject({ __typename: 'Heartbeat', cursor: 'store1.3' });
  await live.end();
});

it.each(['store2.3', 'store1.4', 'store1.0', 'store1.', 'nonsense', ''])(
  'begins anew after a cursor that says nothing here: %s',
  async (after) => {
    const live = await watch(world, order.id, after);
    expect(await live.next()).toMatchObject({ __typename: 'Reset' });
    expect(await live.next()).toMatchObject(snapshot);
    expect(await live.next()).toMatchObject({ __typename: 'Heartbeat', cursor: 'store1.3' });
    await live.end();
  },
);

it('beats each 15 s and not before', async () => {
  const live = await watch(world, order.id);
  await live.next();
  for (const seconds of [15, 30]) {
    let beaten = false;
    const beat = live.next().finally(() => {
      beaten = true;
    });
    await world.clock.advance(14_999);
    expect(beaten).toBe(false);
    await world.clock.advance(1);
    const asOf = `2100-01-01T00:00:${seconds}.000Z`;
    expect(await beat).toMatchObject({ __typename: 'Heartbeat', cursor: 'store1.3', asOf });
  }
  await live.end();
});

it('ends at once, also while it waits, and listens no more', async () => {
  const live = await watch(world, order.id);
  await live.next();
  const waiting = live.next();
  expect(world.app.figures().listenedOrders).toBe(1);
  const ended = live.end();
  expect(world.app.figures().listenedOrders).toBe(0);
  await ended;
  expect(await waiting).toBeUndefined();
});

it('ends before it has begun', async () => {
  const live = await watch(world, order.id);
  await live.end();
  expect(await live.next()).toBeUndefined();
  expect(world.app.figures().listenedOrders).toBe(0);
});

it('is not for those who may not see the order', async () => {
  await expect(watch(world, 'nonsense')).rejects.toThrow('NOT_FOUND');
  await expect(watch(world, `ord_${'0'.repeat(36)}`)).rejects.toThrow('NOT_FOUND');
  await expect(watch(world, order.id, undefined, caller('partner'))).rejects.toThrow('NOT_FOUND');
  const stranger = { ...caller('partner'), scopes: [] };
  await expect(watch(world, order.id, undefined, stranger)).rejects.toThrow('FORBIDDEN');
  expect(world.app.figures().listenedOrders).toBe(0);
});
