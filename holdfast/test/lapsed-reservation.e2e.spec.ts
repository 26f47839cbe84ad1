/** A hold that was not used in time: its units are free again, and an order may still try. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { reservationOf } from './client.ts';
import { availabilityChanged } from './documents.ts';
import { customer, type System, startSystem } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem();
});
afterAll(() => system.end());

/** A hold of two units for a second, once the second has passed. */
async function lapsed(sku: string) {
  await system.stock(sku, { BER: 2 });
  const live = system.anonymous.watch(availabilityChanged, { skus: [sku] });
  expect(await live.next(() => true)).toMatchObject({
    availabilities: [{ availableToPromise: 2 }],
  });
  const wish = { lines: [{ sku, quantity: 2 }], ttlSeconds: 1 };
  const hold = reservationOf(await system.anonymous.must('reserveStock', wish, 'StockReserved'));
  await live.next(({ availability }) => availability?.availableToPromise === 2);
  live.end();
  return hold.id;
}

it('its units are free again, live and when asked, and it reads EXPIRED', async () => {
  const id = await lapsed('PLUM');
  expect((await system.anonymous.reservation(id))?.status).toBe('EXPIRED');
  expect((await system.anonymous.availability('PLUM')).availableToPromise).toBe(2);
});

it('is neither extended nor given back, and the latter is no mistake', async () => {
  const reservationId = await lapsed('PEAR');
  const { anonymous } = system;
  const extended = await anonymous.mutate('extendReservation', { reservationId, ttlSeconds: 60 });
  expect(extended).toMatchObject({ __typename: 'NotAllowed', path: ['reservationId'] });
  const released = await anonymous.mutate('releaseReservation', { reservationId });
  expect(released).toMatchObject({
    ...{ __typename: 'ReservationReleased', reservation: { status: 'EXPIRED' } },
  });
});

it('an order takes the units again while they are there', async () => {
  const reservationId = await lapsed('PEACH');
  const wish = { reservationId, customer };
  const placed = await system.partner.must('placeOrder', wish, 'OrderPlaced');
  expect(placed.order).toMatchObject({
    ...{ status: 'CONFIRMED', lines: [{ sku: 'PEACH', allocated: 2 }] },
  });
});

it('an order is refused when others have them by now', async () => {
  const reservationId = await lapsed('MELON');
  const lines = [{ sku: 'MELON', quantity: 1 }];
  await system.anonymous.must('reserveStock', { lines }, 'StockReserved');
  const refused = await system.partner.mutate('placeOrder', { reservationId, customer });
  expect(refused).toMatchObject({
    ...{ __typename: 'InsufficientStock', path: ['reservationId'] },
    shortfalls: [{ sku: 'MELON', requested: 2, available: 1 }],
  });
});

it('lives as long as it is extended, up to the bound of its class', async () => {
  const rules = { code: 'short', mode: 'RESERVATION', holdSeconds: 2, holdSecondsMax: 3 };
  await system.operator.must('putProductClass', rules, 'MasterDataSaved');
  await system.stock('GRAPE', { BER: 1 }, 'short');
  const wish = { lines: [{ sku: 'GRAPE', quantity: 1 }] };
  const hold = reservationOf(await system.anonymous.must('reserveStock', wish, 'StockReserved'));
  const more = { reservationId: hold.id, ttlSeconds: 60 };
  const extended = reservationOf(
    await system.anonymous.must('extendReservation', more, 'StockReserved'),
  );
  expect(Date.parse(extended.expiresAt) - Date.parse(hold.expiresAt)).toBe(1_000);
  const live = system.anonymous.watch(availabilityChanged, { skus: ['GRAPE'] });
  await live.next(({ availability }) => availability?.availableToPromise === 1);
  const ended = await system.anonymous.reservation(hold.id);
  expect(ended?.status).toBe('EXPIRED');
  expect(ended?.version).toBeGreaterThanOrEqual(extended.version);
});
