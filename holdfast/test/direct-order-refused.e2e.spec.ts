/** An order for more than there is: a typed refusal, and the order stands as REJECTED. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { orderShape } from './client.ts';
import { orderFields } from './documents.ts';
import { customer, type System, startSystem } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.end());

const byNumber = async (number: string) => {
  const query = `query ($number: String!) { orderByNumber(number: $number) { ${orderFields} } }`;
  const { data } = await system.agent.ask(query, { number });
  return orderShape.nullable().parse(data?.orderByNumber);
};

const lanesMax = 16;

/** A refusal does not tell the number: the order is the only one that these SKUs are short for. */
async function rejectedOrder() {
  for (let lane = 0; lane < lanesMax; lane += 1) {
    for (let count = 1; ; count += 1) {
      const number = `${String(lane).padStart(2, '0')}-${String(count).padStart(6, '0')}`;
      const order = await byNumber(number);
      if (!order) break;
      if (order.status === 'REJECTED' && order.lines.some(({ sku }) => sku === 'CAP')) return order;
    }
  }
  return undefined;
}

it('says what every SKU is short of, takes nothing, and is found by its number', async () => {
  await system.stock('TEE', { BER: 2 });
  await system.stock('MUG', { BER: 5 });
  await system.stock('CAP', { BER: 1 });
  const refused = await system.partner.mutate('placeOrder', {
    customer,
    lines: [
      { sku: 'MUG', quantity: 5 },
      { sku: 'TEE', quantity: 2 },
      { sku: 'CAP', quantity: 2 },
      { sku: 'TEE', quantity: 1 },
    ],
  });
  expect(refused).toMatchObject({
    ...{ __typename: 'InsufficientStock', code: 'INSUFFICIENT_STOCK', retryable: true },
    path: ['lines', '1', 'quantity'],
    shortfalls: [
      { sku: 'TEE', requested: 3, available: 2, nextSupply: null },
      { sku: 'CAP', requested: 2, available: 1, nextSupply: null },
    ],
  });
  expect((await system.anonymous.availability('MUG')).availableToPromise).toBe(5);

  const order = await rejectedOrder();
  expect(order).toMatchObject({
    status: 'REJECTED',
    lines: [
      { sku: 'MUG', status: 'REJECTED', allocated: 0 },
      { sku: 'TEE', status: 'REJECTED', allocated: 0 },
      { sku: 'CAP', status: 'REJECTED', allocated: 0 },
    ],
  });
  expect(order?.history.nodes.map(({ type }) => type)).toContain('order.rejected');
});

it('a rejected order is past: it is not paid and not cancelled', async () => {
  const order = await rejectedOrder();
  const payment = { orderId: order?.id, outcome: 'AUTHORIZED', reference: 'pay-1' };
  expect(await system.agent.mutate('recordPayment', payment)).toMatchObject({
    ...{ __typename: 'NotAllowed', retryable: false },
  });
  const cancel = { orderId: order?.id, reason: 'late' };
  expect(await system.agent.mutate('cancelOrder', cancel)).toMatchObject({
    ...{ __typename: 'NotAllowed', retryable: false },
  });
});

it('takes the last unit when there is one', async () => {
  const lines = [{ sku: 'TEE', quantity: 2 }];
  const placed = await system.partner.must('placeOrder', { lines, customer }, 'OrderPlaced');
  expect(placed.order).toMatchObject({ status: 'CONFIRMED', lines: [{ allocated: 2 }] });
});
