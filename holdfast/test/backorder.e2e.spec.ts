/**
 * A class whose orders may wait: what is there is taken, and receipts go to who has waited longest.
 */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { orderOf, until } from './client.ts';
import { orderChanged } from './documents.ts';
import { customer, eur, type System, startSystem } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
beforeEach(async () => {
  const patient = { code: 'patient', mode: 'RESERVATION', backorder: 'UNLIMITED' };
  await system.operator.must('putProductClass', patient, 'MasterDataSaved');
});
afterAll(() => system.end());

const place = async (sku: string, quantity: number) => {
  const wish = { lines: [{ sku, quantity }], customer };
  return orderOf(await system.partner.must('placeOrder', wish, 'OrderPlaced'));
};
const receive = (sku: string, quantity: number) => {
  const receipt = { sku, locationCode: 'BER', quantity };
  return system.operator.must('receiveStock', receipt, 'StockChanged');
};
const becomes = (id: string, status: string) =>
  until(
    () => system.partner.order(id),
    (order) => order?.status === status,
  );

it('an order waits for what is missing, and a receipt confirms it, live', async () => {
  await system.stock('DESK', { BER: 2 }, 'patient');
  const order = await place('DESK', 5);
  expect(order).toMatchObject({
    ...{ status: 'BACKORDERED' },
    lines: [{ quantity: 5, allocated: 2, backordered: 3, status: 'BACKORDERED' }],
  });
  expect(await system.anonymous.availability('DESK')).toMatchObject({
    ...{ status: 'BACKORDER', availableToPromise: 0 },
  });

  const live = system.partner.watch(orderChanged, { orderId: order.id });
  expect((await live.next(() => true)).order?.status).toBe('BACKORDERED');
  await receive('DESK', 1);
  const stillWaiting = await live.next(({ __typename }) => __typename === 'OrderChange');
  expect(stillWaiting.order?.status).toBe('BACKORDERED');
  await receive('DESK', 4);
  await live.next(({ order }) => order?.status === 'CONFIRMED');
  expect((await system.anonymous.availability('DESK')).availableToPromise).toBe(2);
});

it('the oldest is served first', async () => {
  await system.stock('SOFA', { BER: 0 }, 'patient');
  const [first, second] = [await place('SOFA', 2), await place('SOFA', 2)];
  await receive('SOFA', 3);
  await becomes(first.id, 'CONFIRMED');
  expect((await system.partner.order(second.id))?.lines).toMatchObject([
    { allocated: 1, backordered: 1 },
  ]);
  expect((await system.anonymous.availability('SOFA')).availableToPromise).toBe(0);
});

it('who cancels waits no more: the units go to the next, or are free', async () => {
  await system.stock('CHAIR', { BER: 0 }, 'patient');
  const [first, second] = [await place('CHAIR', 2), await place('CHAIR', 2)];
  const cancel = { orderId: first.id, reason: 'too late' };
  await system.partner.must('cancelOrder', cancel, 'OrderCancelled');
  await receive('CHAIR', 3);
  await becomes(second.id, 'CONFIRMED');
  expect((await system.anonymous.availability('CHAIR')).availableToPromise).toBe(1);
});

it('one SKU at two prices is cancelled as a whole, though both lines wait', async () => {
  await system.stock('SHELF', { BER: 4 }, 'patient');
  const lines = [
    { sku: 'SHELF', quantity: 4, unitPrice: eur(10) },
    { sku: 'SHELF', quantity: 5, unitPrice: eur(12) },
  ];
  const order = orderOf(await system.agent.must('placeOrder', { lines, customer }, 'OrderPlaced'));
  expect(order.status).toBe('BACKORDERED');
  const cancel = { orderId: order.id, reason: 'too late' };
  await system.agent.must('cancelOrder', cancel, 'OrderCancelled');
  const free = await until(
    () => system.anonymous.availability('SHELF'),
    ({ availableToPromise }) => availableToPromise === 4,
  );
  expect(free.status).toBe('LOW_STOCK');
});

it('a class that does not wait refuses', async () => {
  await system.stock('BENCH', { BER: 0 });
  const wish = { lines: [{ sku: 'BENCH', quantity: 1 }], customer };
  expect(await system.partner.mutate('placeOrder', wish)).toMatchObject({
    ...{ __typename: 'InsufficientStock', shortfalls: [{ sku: 'BENCH', available: 0 }] },
  });
});
