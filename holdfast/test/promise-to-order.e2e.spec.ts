/** The main job: asked, held, ordered, paid, cancelled, and every change live. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { orderOf, reservationOf } from './client.ts';
import { availabilityChanged, orderChanged } from './documents.ts';
import { customer, eur, type System, startSystem } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.end());

async function placedFrom(reservationId: string) {
  const lines = [{ sku: 'SHIRT', quantity: 12, unitPrice: eur(1_000) }];
  const wish = { reservationId, customer, lines };
  return orderOf(await system.anonymous.must('placeOrder', wish, 'OrderPlaced'));
}

/** Readers who were away since then hear of the cancellation, and of the stock as it is now. */
async function expectResumed(orderId: string, orderCursor?: string, stockCursor?: string) {
  const { anonymous } = system;
  const order = anonymous.watch(orderChanged, { orderId, after: orderCursor });
  expect(await order.next(() => true)).toMatchObject({
    ...{ __typename: 'OrderChange', event: { type: 'order.cancelled' } },
  });
  const stock = anonymous.watch(availabilityChanged, { skus: ['SHIRT'], after: stockCursor });
  expect(await stock.next(() => true)).toMatchObject({
    ...{ __typename: 'AvailabilityChange', availability: { availableToPromise: 14 } },
  });
}

it('a storefront promises, holds, orders and cancels, and both sides see it live', async () => {
  const { anonymous, agent } = system;
  await system.stock('SHIRT', { BER: 10, PAR: 4 });
  const stock = anonymous.watch(availabilityChanged, { skus: ['SHIRT', 'GHOST'] });
  const promisable = (count: number) =>
    stock.next(({ availability }) => availability?.availableToPromise === count);
  const snapshot = await stock.next(() => true);
  expect(snapshot).toMatchObject({
    ...{ __typename: 'AvailabilitySnapshot', complete: true },
    availabilities: [{ sku: 'SHIRT', status: 'IN_STOCK', availableToPromise: 14 }],
  });

  const wish = { lines: [{ sku: 'SHIRT', quantity: 12 }], buyer: 'cart of ada, shirts' };
  const hold = reservationOf(await anonymous.must('reserveStock', wish, 'StockReserved'));
  expect(hold).toMatchObject({
    status: 'ACTIVE',
    lines: [
      { quantity: 10, location: { code: 'BER' } },
      { quantity: 2, location: { code: 'PAR' } },
    ],
  });
  await promisable(2);

  const placed = await placedFrom(hold.id);
  expect(placed).toMatchObject({
    ...{ status: 'AWAITING_PAYMENT', total: eur(12_000) },
    lines: [{ sku: 'SHIRT', quantity: 12, allocated: 12, status: 'ALLOCATED' }],
  });
  expect((await anonymous.reservation(hold.id))?.status).toBe('CONVERTED');
  const changes = anonymous.watch(orderChanged, { orderId: placed.id });
  expect(await changes.next(() => true)).toMatchObject({
    ...{ __typename: 'OrderSnapshot', order: { status: 'AWAITING_PAYMENT' } },
  });

  const payment = { orderId: placed.id, outcome: 'AUTHORIZED', reference: 'pay-1' };
  const paid = await agent.must('recordPayment', payment, 'PaymentRecorded');
  expect(orderOf(paid).status).toBe('CONFIRMED');
  await changes.next(({ event }) => event?.type === 'order.payment.authorized');
  const confirmed = await changes.next(({ event }) => event?.type === 'order.confirmed');

  const cancel = { orderId: placed.id, reason: 'changed her mind' };
  const cancelled = orderOf(await anonymous.must('cancelOrder', cancel, 'OrderCancelled'));
  expect(cancelled.status).toBe('CANCELLED');
  await changes.next(({ event }) => event?.type === 'order.cancelled');
  await promisable(14);

  await expectResumed(placed.id, confirmed.cursor, snapshot.cursor);
  const versions = stock.heard.flatMap(({ availability }) => availability?.version ?? []);
  expect(versions).toEqual([...new Set(versions)].sort((a, b) => a - b));
});

it('an order joins its items and their live availability across the graph', async () => {
  await system.stock('JACKET', { BER: 3 });
  const order = orderOf(
    await system.partner.must(
      'placeOrder',
      { lines: [{ sku: 'JACKET', quantity: 1 }], customer },
      'OrderPlaced',
    ),
  );
  expect(order.status).toBe('CONFIRMED');
  const query = `query ($id: ID!) { order(id: $id) {
    lines { item { sku availability { availableToPromise status } } } } }`;
  const { data } = await system.partner.ask(query, { id: order.id });
  expect(data?.order).toEqual({
    lines: [
      { item: { sku: 'JACKET', availability: { availableToPromise: 2, status: 'LOW_STOCK' } } },
    ],
  });
});
