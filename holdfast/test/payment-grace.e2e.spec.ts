/** An order that nobody pays gives its units back after the grace of its class. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { orderOf, until } from './client.ts';
import { availabilityChanged, orderChanged } from './documents.ts';
import { customer, eur, type System, startSystem } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
  const hasty = { code: 'hasty', mode: 'RESERVATION', paymentGraceSeconds: 1 };
  await system.operator.must('putProductClass', hasty, 'MasterDataSaved');
});
afterAll(() => system.end());

async function unpaid(sku: string) {
  await system.stock(sku, { BER: 2 }, 'hasty');
  const wish = { lines: [{ sku, quantity: 2, unitPrice: eur(500) }], customer };
  const order = orderOf(await system.anonymous.must('placeOrder', wish, 'OrderPlaced'));
  expect(order.status).toBe('AWAITING_PAYMENT');
  return order.id;
}
const authorized = (orderId: string) => ({ orderId, outcome: 'AUTHORIZED', reference: 'pay-1' });

it('is cancelled, live, and its units are free again', async () => {
  const stock = system.anonymous.watch(availabilityChanged, { skus: ['SALT'] });
  await stock.next(() => true);
  const orderId = await unpaid('SALT');
  const order = system.anonymous.watch(orderChanged, { orderId });
  await order.next(({ order }) => order?.status === 'CANCELLED');
  await stock.next(({ availability }) => availability?.availableToPromise === 0);
  await stock.next(({ availability }) => availability?.availableToPromise === 2);
  expect((await system.anonymous.order(orderId))?.status).toBe('CANCELLED');
  expect(await system.agent.mutate('recordPayment', authorized(orderId))).toMatchObject({
    ...{ __typename: 'NotAllowed', retryable: false },
  });
});

it('stays when it was paid in time', async () => {
  const paid = await unpaid('RICE');
  await system.agent.must('recordPayment', authorized(paid), 'PaymentRecorded');
  const late = await unpaid('FLOUR');
  // Placed after the one that was paid: once it is cancelled, the other's time has passed too.
  await until(
    () => system.anonymous.order(late),
    (order) => order?.status === 'CANCELLED',
  );
  expect((await system.anonymous.order(paid))?.status).toBe('CONFIRMED');
});

it('after a payment that failed the order still waits for one that does not', async () => {
  const orderId = await unpaid('SUGAR');
  const failed = { orderId, outcome: 'FAILED', reference: 'pay-0' };
  const told = await system.agent.must('recordPayment', failed, 'PaymentRecorded');
  expect(orderOf(told).status).toBe('AWAITING_PAYMENT');
  const paid = await system.agent.must('recordPayment', authorized(orderId), 'PaymentRecorded');
  expect(orderOf(paid).status).toBe('CONFIRMED');
});
