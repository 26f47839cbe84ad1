/** Part of an order is cancelled, each line with its own decision of what becomes of the units. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { orderOf, until } from './client.ts';
import { customer, type System, startSystem } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.end());

async function placed(sku: string, units: number) {
  await system.stock(sku, { BER: units });
  const wish = { lines: [{ sku, quantity: units }], customer };
  const order = orderOf(await system.partner.must('placeOrder', wish, 'OrderPlaced'));
  return { order, lineId: order.lines[0]?.id };
}
const positionIs = (sku: string, position: object) =>
  until(
    () => system.operator.positions(sku),
    ([seen]) => Object.entries(position).every(([name, value]) => seen?.[name] === value),
  );

it('units that are not restocked go to QUALITY_INSPECTION, the others are free', async () => {
  const { order, lineId } = await placed('SOCK', 5);
  const cancel = (quantity: number, restock: boolean) => ({
    ...{ orderId: order.id, reason: 'torn', lines: [{ lineId, quantity, restock }] },
  });
  const part = await system.partner.must('cancelOrder', cancel(2, false), 'OrderCancelled');
  expect(orderOf(part)).toMatchObject({
    ...{ status: 'CONFIRMED', lines: [{ quantity: 5, cancelled: 2, allocated: 3 }] },
  });
  const [position] = await positionIs('SOCK', { allocated: 3 });
  expect(position).toMatchObject({
    ...{ onHand: 5, sellable: 3, availableToPromise: 0 },
    conditions: [
      { condition: 'SELLABLE', quantity: 3 },
      { condition: 'QUALITY_INSPECTION', quantity: 2 },
    ],
  });
  await system.partner.must('cancelOrder', cancel(1, true), 'OrderCancelled');
  await positionIs('SOCK', { allocated: 2, availableToPromise: 1 });
});

it('the last units cancel the order', async () => {
  const { order, lineId } = await placed('BOOT', 2);
  const all = {
    orderId: order.id,
    reason: 'all',
    lines: [{ lineId, quantity: 2, restock: false }],
  };
  const cancelled = await system.partner.must('cancelOrder', all, 'OrderCancelled');
  expect(orderOf(cancelled)).toMatchObject({
    ...{ status: 'CANCELLED', lines: [{ status: 'CANCELLED', cancelled: 2, allocated: 0 }] },
  });
  await positionIs('BOOT', { allocated: 0, sellable: 0, onHand: 2 });
  expect(await system.partner.mutate('cancelOrder', { ...all })).toMatchObject({
    ...{ __typename: 'NotAllowed', retryable: false },
  });
});

it('refuses more than is left, a line of nobody, and an order that has changed', async () => {
  const { order, lineId } = await placed('SHOE', 2);
  const cancel = (line: object, more: object = {}) =>
    system.partner.mutate('cancelOrder', {
      ...{ orderId: order.id, reason: 'why', lines: [{ quantity: 1, restock: true, ...line }] },
      ...more,
    });
  expect(await cancel({ lineId, quantity: 3 })).toMatchObject({
    ...{ __typename: 'InvalidInput', path: ['lines', '0', 'quantity'] },
  });
  expect(await cancel({ lineId: 'nobody' })).toMatchObject({
    ...{ __typename: 'NotFound', path: ['lines', '0', 'lineId'] },
  });
  expect(await cancel({ lineId }, { expectedVersion: order.version + 1 })).toMatchObject({
    ...{ __typename: 'VersionConflict', currentVersion: order.version, retryable: true },
  });
  expect(await cancel({ lineId }, { expectedVersion: order.version })).toMatchObject({
    __typename: 'OrderCancelled',
  });
});
