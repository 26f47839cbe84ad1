/** A class that is taken when its order is placed: it cannot be held before. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { orderOf } from './client.ts';
import { customer, type System, startSystem } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
  const made = { code: 'made', mode: 'ALLOCATION' };
  await system.operator.must('putProductClass', made, 'MasterDataSaved');
  await system.stock('PIANO', { BER: 2 }, 'made');
  await system.stock('STOOL', { BER: 2 });
});
afterAll(() => system.end());

const wish = [
  { sku: 'STOOL', quantity: 1 },
  { sku: 'PIANO', quantity: 1 },
];

it('is not held, alone or with others, and nothing of the others is', async () => {
  const refused = await system.anonymous.mutate('reserveStock', { lines: wish });
  expect(refused).toMatchObject({
    ...{ __typename: 'NotAllowed', code: 'NOT_ALLOWED', retryable: false },
    ...{ path: ['lines', '1', 'sku'], reason: expect.stringContaining('PIANO') },
  });
  expect((await system.anonymous.availability('STOOL')).availableToPromise).toBe(2);
});

it('is ordered, and shown as any other', async () => {
  expect((await system.anonymous.availability('PIANO')).availableToPromise).toBe(2);
  const order = await system.partner.must('placeOrder', { lines: wish, customer }, 'OrderPlaced');
  expect(orderOf(order)).toMatchObject({
    ...{ status: 'CONFIRMED', lines: [{ allocated: 1 }, { allocated: 1 }] },
  });
  expect((await system.anonymous.availability('PIANO')).availableToPromise).toBe(1);
});

it('what waits for dated supply, and kits, do not exist yet', async () => {
  const { operator } = system;
  const dated = { code: 'dated', mode: 'RESERVATION', backorder: 'AGAINST_SUPPLY' };
  expect(await operator.mutate('putProductClass', dated)).toMatchObject({
    ...{ __typename: 'NotAllowed', path: ['backorder'] },
  });
  const kit = { sku: 'TRIO', components: [{ sku: 'PIANO', quantity: 2 }] };
  expect(await operator.mutate('putItem', kit)).toMatchObject({
    ...{ __typename: 'NotAllowed', path: ['components'] },
  });
  await expect(system.anonymous.availability('TRIO')).rejects.toThrow();
});
