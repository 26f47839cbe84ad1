/**
 * Ended and started again on the same folder: all that was acknowledged is there, keys and cursors
 * included.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freshKey, orderOf, reservationOf, until } from './client.ts';
import {
  availabilityChanged,
  mutationOf,
  orderChanged,
  orderQuery,
  positionsQuery,
} from './documents.ts';
import { customer, eur, type System, startSystem } from './system.ts';

const folder = mkdtempSync(join(tmpdir(), 'holdfast-restart-'));
let system: System;
const open = () => startSystem({ holdfastData: folder });
beforeAll(async () => {
  system = await open();
});
afterAll(async () => {
  await system.end();
  rmSync(folder, { recursive: true });
});
async function restart() {
  await system.end();
  system = await open();
}

it('stock, holds and orders are as they were', async () => {
  await system.stock('TEE', { BER: 10, PAR: 2 });
  const lines = [{ sku: 'TEE', quantity: 3 }];
  const hold = reservationOf(
    await system.anonymous.must('reserveStock', { lines }, 'StockReserved'),
  );
  const placed = await system.partner.must('placeOrder', { lines, customer }, 'OrderPlaced');
  const { id } = orderOf(placed);
  const seen = async () => ({
    positions: await system.operator.ask(positionsQuery, { sku: 'TEE' }),
    order: await system.partner.ask(orderQuery, { id }),
    hold: await system.anonymous.reservation(hold.id),
    promised: (await system.anonymous.availability('TEE')).availableToPromise,
    keys: system.keys,
  });
  const before = await seen();
  await restart();
  expect(await seen()).toEqual(before);
});

it('a retry after the restart hears its first answer, and other content is refused', async () => {
  await system.stock('MUG', { BER: 5 });
  const hold = { idempotencyKey: freshKey(), lines: [{ sku: 'MUG', quantity: 2 }] };
  const order = { ...hold, idempotencyKey: freshKey(), customer };
  const send = async () => {
    const texts = [
      await system.partner.post({ query: mutationOf('reserveStock'), variables: { input: hold } }),
      await system.partner.post({ query: mutationOf('placeOrder'), variables: { input: order } }),
    ];
    return texts.map(({ text }) => JSON.stringify(JSON.parse(text).data));
  };
  const first = await send();
  await restart();
  expect(await send()).toEqual(first);
  expect(await system.partner.mutate('reserveStock', { ...hold, ttlSeconds: 9 })).toMatchObject({
    __typename: 'IdempotencyKeyReused',
  });
  expect((await system.anonymous.availability('MUG')).availableToPromise).toBe(1);
});

it('a reader resumes after its cursor, without a gap and without a snapshot', async () => {
  await system.stock('CAP', { BER: 5 });
  await system.stock('BAG', { BER: 5 });
  const { cursor } = await system.anonymous
    .watch(availabilityChanged, { skus: ['CAP', 'BAG'] })
    .next(() => true);
  const wish = { lines: [{ sku: 'CAP', quantity: 1, unitPrice: eur(1) }], customer };
  const { id } = orderOf(await system.anonymous.must('placeOrder', wish, 'OrderPlaced'));
  const order = await system.anonymous.watch(orderChanged, { orderId: id }).next(() => true);
  await restart();

  const after = { skus: ['CAP', 'BAG'], after: cursor };
  const stock = system.anonymous.watch(availabilityChanged, after);
  await stock.next(({ __typename }) => __typename === 'Heartbeat');
  expect(stock.heard.map(({ __typename }) => __typename)).toEqual([
    ...['AvailabilityChange', 'Heartbeat'],
  ]);
  expect(stock.heard[0]).toMatchObject({ availability: { sku: 'CAP', availableToPromise: 4 } });
  const changes = system.anonymous.watch(orderChanged, { orderId: id, after: order.cursor });
  const payment = { orderId: id, outcome: 'AUTHORIZED', reference: 'pay-1' };
  await system.agent.must('recordPayment', payment, 'PaymentRecorded');
  const first = await changes.next(({ __typename }) => __typename !== 'Heartbeat');
  expect(first.event?.type).toBe('order.payment.authorized');
});

it('what falls due meanwhile happens: a hold lapses, an unpaid order is cancelled', async () => {
  const hasty = { code: 'hasty', mode: 'RESERVATION', paymentGraceSeconds: 1 };
  await system.operator.must('putProductClass', hasty, 'MasterDataSaved');
  await system.stock('PEN', { BER: 5 }, 'hasty');
  const lines = [{ sku: 'PEN', quantity: 2 }];
  const hold = await system.anonymous.must(
    'reserveStock',
    { lines, ttlSeconds: 1 },
    'StockReserved',
  );
  const placed = await system.anonymous.must('placeOrder', { lines, customer }, 'OrderPlaced');
  await restart();
  await until(
    () => system.anonymous.order(orderOf(placed).id),
    (order) => order?.status === 'CANCELLED',
  );
  await until(
    () => system.anonymous.availability('PEN'),
    ({ availableToPromise }) => availableToPromise === 5,
  );
  expect((await system.anonymous.reservation(reservationOf(hold).id))?.status).toBe('EXPIRED');
});
