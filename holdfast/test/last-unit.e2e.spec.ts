/**
 * Many want the last unit: exactly one gets it, by a hold or by an order, and all others hear what
 * is left.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Answer } from './client.ts';
import { customer, type System, startSystem } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.end());

const shortOf = (sku: string, requested: number, available: number) => ({
  ...{ __typename: 'InsufficientStock', code: 'INSUFFICIENT_STOCK', retryable: true },
  shortfalls: [{ sku, requested, available, nextSupply: null }],
});
const count = (answers: readonly Answer[], typename: string) =>
  answers.filter(({ __typename }) => __typename === typename).length;

it('two buyers: one holds it, the other hears that nothing is left', async () => {
  await system.stock('RING', { BER: 1 });
  const lines = [{ sku: 'RING', quantity: 1 }];
  const { anonymous } = system;
  await anonymous.must('reserveStock', { lines, buyer: 'cart of ada, rings' }, 'StockReserved');
  const other = await anonymous.mutate('reserveStock', { lines, buyer: 'cart of bob, rings' });
  expect(other).toMatchObject({ ...shortOf('RING', 1, 0), path: ['lines', '0', 'quantity'] });
});

it('50 at once: one wins', async () => {
  await system.stock('PEARL', { BER: 1 });
  const asked = Array.from({ length: 50 }, () =>
    system.anonymous.mutate('reserveStock', { lines: [{ sku: 'PEARL', quantity: 1 }] }),
  );
  const answers = await Promise.all(asked);
  expect(count(answers, 'StockReserved')).toBe(1);
  expect(count(answers, 'InsufficientStock')).toBe(49);
  const losers = answers.filter(({ __typename }) => __typename === 'InsufficientStock');
  for (const loser of losers) expect(loser).toMatchObject(shortOf('PEARL', 1, 0));
  expect((await system.anonymous.availability('PEARL')).availableToPromise).toBe(0);
});

it('holds and orders at once, over two locations: as many win as there are units', async () => {
  await system.stock('WATCH', { BER: 4, PAR: 3 });
  const lines = [{ sku: 'WATCH', quantity: 1 }];
  const asked = Array.from({ length: 30 }, (_, at) =>
    at % 2 === 0
      ? system.anonymous.mutate('reserveStock', { lines })
      : system.partner.mutate('placeOrder', { lines, customer }),
  );
  const answers = await Promise.all(asked);
  expect(count(answers, 'StockReserved') + count(answers, 'OrderPlaced')).toBe(7);
  expect(count(answers, 'InsufficientStock')).toBe(23);
  const positions = await system.operator.positions('WATCH');
  expect(positions).toMatchObject([
    { onHand: 4, shortfall: 0, availableToPromise: 0 },
    { onHand: 3, shortfall: 0, availableToPromise: 0 },
  ]);
});
