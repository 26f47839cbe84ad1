/**
 * A storefront's key is public: what it invents of prices, payments and other people's buyers gains
 * nothing.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { orderOf, reservationOf, until } from './client.ts';
import { customer, eur, type System, startSystem } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.end());

const payment = (amount: number) => ({ reference: 'pay-1', amount: eur(amount) });
const lineOf = (sku: string, unitPrice?: object) => [{ sku, quantity: 1, unitPrice }];

it.each([
  ['a price and a payment', 'A1', eur(1), payment(1)],
  ['a price of nothing', 'A2', eur(0), payment(0)],
  ['a payment without any price', 'A3', undefined, payment(99_999)],
  ['no price and no payment', 'A4', undefined, undefined],
])('with %s its order awaits payment', async (_, sku, unitPrice, paid) => {
  await system.stock(sku, { BER: 1 });
  const wish = { lines: lineOf(sku, unitPrice), customer, payment: paid };
  const order = orderOf(await system.anonymous.must('placeOrder', wish, 'OrderPlaced'));
  expect(order.status).toBe('AWAITING_PAYMENT');
  const said = { orderId: order.id, outcome: 'AUTHORIZED', reference: 'pay-1' };
  await expect(system.storefront.mutate('recordPayment', said)).rejects.toThrow();
  expect((await system.anonymous.order(order.id))?.status).toBe('AWAITING_PAYMENT');
});

it('the same words of a partner are believed', async () => {
  await system.stock('B1', { BER: 3 });
  const wish = { lines: lineOf('B1', eur(1)), customer, payment: payment(1) };
  const paid = await system.partner.must('placeOrder', wish, 'OrderPlaced');
  expect(orderOf(paid).status).toBe('CONFIRMED');
  const free = { lines: lineOf('B1', eur(0)), customer };
  const unpaid = await system.partner.must('placeOrder', free, 'OrderPlaced');
  expect(orderOf(unpaid).status).toBe('CONFIRMED');
});

it.each([
  ['below the total', eur(99)],
  ['in another currency', { amount: 100, currency: 'USD' }],
])('a payment %s is no payment, whoever says so', async (_, amount) => {
  await system.stock('B2', { BER: 1 });
  const wish = { lines: lineOf('B2', eur(100)), customer, payment: { reference: 'p', amount } };
  expect(await system.partner.mutate('placeOrder', wish)).toMatchObject({
    ...{ __typename: 'InvalidInput', path: ['payment', 'amount'] },
  });
});

it("the text of another key's buyer is another buyer: their hold stays", async () => {
  await system.stock('C1', { BER: 2 });
  const wish = { lines: [{ sku: 'C1', quantity: 1 }], buyer: 'cart of ada 000001' };
  const theirs = reservationOf(await system.agent.must('reserveStock', wish, 'StockReserved'));
  await system.anonymous.must('reserveStock', wish, 'StockReserved');
  expect((await system.agent.reservation(theirs.id))?.status).toBe('ACTIVE');
  expect((await system.anonymous.availability('C1')).availableToPromise).toBe(0);
});

it('its own buyer is never doubled and never blocked', async () => {
  await system.stock('C2', { BER: 2 });
  const wish = { lines: [{ sku: 'C2', quantity: 2 }], buyer: 'cart of ada 000002' };
  const first = reservationOf(await system.anonymous.must('reserveStock', wish, 'StockReserved'));
  await system.anonymous.must('reserveStock', wish, 'StockReserved');
  expect((await system.anonymous.reservation(first.id))?.status).toBe('RELEASED');
  expect(await system.operator.positions('C2')).toMatchObject([{ reserved: 2, sellable: 2 }]);
});

it('its cancel restocks, whatever it says', async () => {
  await system.stock('D1', { BER: 3 });
  const wish = { lines: [{ sku: 'D1', quantity: 3 }], customer };
  const order = orderOf(await system.anonymous.must('placeOrder', wish, 'OrderPlaced'));
  const line = { lineId: order.lines[0]?.id, quantity: 1, restock: false };
  const part = { orderId: order.id, reason: 'less', lines: [line] };
  await system.anonymous.must('cancelOrder', part, 'OrderCancelled');
  const whole = { orderId: order.id, reason: 'all', restock: false };
  await system.anonymous.must('cancelOrder', whole, 'OrderCancelled');
  await until(
    () => system.anonymous.availability('D1'),
    ({ availableToPromise }) => availableToPromise === 3,
  );
  expect(await system.operator.positions('D1')).toMatchObject([
    { conditions: [{ condition: 'SELLABLE', quantity: 3 }] },
  ]);
});
