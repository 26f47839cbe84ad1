/** GraphQL in: what is answered, what a retry hears, what a restart keeps. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  ask,
  caller,
  freshKey,
  type MutationName,
  must,
  mutate,
  openWorld,
  promised,
  stocked,
  type World,
} from './inventory-world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(async () => {
  expect(world.failures).toEqual([]);
  await world.end();
});
const tee = { sku: 'TEE', locationCode: 'BER' };
const wish = (quantity: number) => ({ lines: [{ sku: 'TEE', quantity }] });

describe('answers', () => {
  it('show the position after each change of stock', async () => {
    await stocked(world, 'TEE', 10);
    await must(world, 'reserveStock', wish(4));
    const change = { ...tee, reason: 'why' };
    expect(await must(world, 'adjustStock', { ...change, delta: -8 })).toMatchObject({
      position: { onHand: 2, reserved: 4, shortfall: 2, availableToPromise: 0 },
    });
    const found = { ...change, quantity: 1, from: 'SELLABLE', to: 'DAMAGED' };
    expect(await must(world, 'moveStock', found)).toMatchObject({
      position: {
        ...{ onHand: 2, sellable: 1, shortfall: 3 },
        conditions: [
          { condition: 'SELLABLE', quantity: 1 },
          { condition: 'DAMAGED', quantity: 1 },
        ],
      },
    });
    const includesUpTo = new Date(world.clock.now() - 1).toISOString();
    expect(await must(world, 'countStock', { ...change, quantity: 8, includesUpTo })).toMatchObject(
      {
        position: { sellable: 8 + 10 - 8 - 1, availableToPromise: 5, shortfall: 0 },
      },
    );
  });

  it('sum the lines of one SKU, and count wishes with the rest', async () => {
    await stocked(world, 'TEE', 3);
    const line = { sku: 'TEE', quantity: 1 };
    const lines = [line, { ...line, locationCode: 'BER' }, line];
    expect(await must(world, 'reserveStock', { lines })).toMatchObject({
      reservation: { lines: [{ quantity: 3, location: { code: 'BER' } }] },
    });
    const more = await mutate(world, 'reserveStock', { idempotencyKey: freshKey(), lines });
    expect(more).toMatchObject({ code: 'INSUFFICIENT_STOCK', path: ['lines', '0', 'quantity'] });
  });

  it("follow a hold's life with the clock", async () => {
    await stocked(world, 'TEE', 3);
    const held = await must(world, 'reserveStock', { ...wish(3), ttlSeconds: 60 });
    const reservationId = held.reservation?.id;
    await world.clock.advance(30_000);
    await must(world, 'extendReservation', { reservationId, ttlSeconds: 60 });
    await world.clock.advance(59_999);
    expect(await promised(world, 'TEE')).toMatchObject([{ availableToPromise: 0 }]);
    // The moment itself, before any timer has been heard.
    world.clock.step(1);
    expect(await promised(world, 'TEE')).toMatchObject([{ availableToPromise: 3 }]);
    await must(world, 'reserveStock', wish(3));
    const extend = { idempotencyKey: freshKey(), reservationId, ttlSeconds: 60 };
    expect(await mutate(world, 'extendReservation', extend)).toMatchObject({ code: 'NOT_ALLOWED' });
  });

  it('cap what a storefront is told, and show staff all', async () => {
    await stocked(world, 'TEE', 9);
    const source = '{ availability(skus: ["TEE"]) { availableToPromise } }';
    const shown = async (role: 'storefront' | 'agent') =>
      (await ask(world, source, {}, caller(role))).data.availability;
    expect(await shown('storefront')).toEqual([{ availableToPromise: 5 }]);
    expect(await shown('agent')).toEqual([{ availableToPromise: 9 }]);
  });

  it('refuse a partner without the scope, and an agent', async () => {
    const input = { idempotencyKey: 'k', sku: 'TEE' };
    const source = 'mutation ($input: PutItemInput!) { putItem(input: $input) { __typename } }';
    const codesOf = async (by: ReturnType<typeof caller>) =>
      (await ask(world, source, { input }, by)).codes;
    expect(await codesOf({ ...caller('partner'), scopes: ['stock:read'] })).toEqual(['FORBIDDEN']);
    expect(await codesOf(caller('agent'))).toEqual(['FORBIDDEN']);
    expect(await codesOf(caller('partner'))).toEqual([]);
  });
});

describe('a retry', () => {
  /** Each with other content that is right as well. */
  const sent: readonly (readonly [MutationName, object, object])[] = [
    ['reserveStock', wish(2), wish(1)],
    ['receiveStock', { ...tee, quantity: 2 }, { quantity: 1 }],
    ['adjustStock', { ...tee, delta: 2, reason: 'found' }, { delta: 1 }],
    ['countStock', { ...tee, quantity: 2, reason: 'count' }, { quantity: 1 }],
    [
      'moveStock',
      { ...tee, quantity: 2, from: 'SELLABLE', to: 'BLOCKED', reason: 'why' },
      { to: 'DAMAGED' },
    ],
    ['putItem', { sku: 'TEE', name: 'Tee' }, { name: 'T-shirt' }],
    ['putProductClass', { code: 'made', mode: 'ALLOCATION' }, { mode: 'RESERVATION' }],
    ['putLocation', { code: 'PAR', name: 'Paris' }, { name: 'Lyon' }],
    ['putChannel', { code: 'web', name: 'Web', locationCodes: ['BER'] }, { locationCodes: [] }],
  ];

  it.each(sent)(
    'of %s hears the same, also in the next life of the store',
    async (name, input, other) => {
      await stocked(world, 'TEE', 10);
      const send = (more: object = {}) =>
        mutate(world, name, { idempotencyKey: 'once', ...input, ...more });
      const first = await send();
      expect(first).not.toHaveProperty('code');
      const before = await promised(world, 'TEE');
      expect(await send()).toEqual(first);
      world = await world.again();
      expect(await send()).toEqual(first);
      expect(await promised(world, 'TEE')).toEqual(before);
      expect(await send(other)).toMatchObject({
        ...{ code: 'IDEMPOTENCY_KEY_REUSED', path: ['idempotencyKey'] },
      });
    },
  );

  it('hears for a day what was decided, and is a new request after it', async () => {
    await stocked(world, 'TEE', 10);
    const send = () => mutate(world, 'reserveStock', { idempotencyKey: 'once', ...wish(1) });
    const first = await send();
    const day = 24 * 3_600_000;
    world.clock.step(day - 1);
    expect((await send()).reservation?.id).toBe(first.reservation?.id);
    world.clock.step(1);
    expect((await send()).reservation?.id).not.toBe(first.reservation?.id);
  });
});

it('a restart keeps stock, holds, classes and channels', async () => {
  await must(world, 'putProductClass', { code: 'careful', mode: 'RESERVATION', safetyStock: 2 });
  await stocked(world, 'TEE', 10, 'careful');
  await must(world, 'putChannel', { code: 'web', name: 'Web', locationCodes: ['BER'] });
  const held = await must(world, 'reserveStock', { ...wish(3), channel: 'web', ttlSeconds: 5 });
  const seen = async () => {
    const source = `query ($id: ID!) {
      reservation(id: $id) { id status version expiresAt channel }
      stockPositions(sku: "TEE") { onHand reserved safetyStock availableToPromise version }
      availability(skus: ["TEE"], channel: "web") { availableToPromise version }
      stockMovements(sku: "TEE") { nodes { id type quantity cause } } }`;
    return (await ask(world, source, { id: held.reservation?.id })).data;
  };
  const before = await seen();
  expect(before).toMatchObject({ availability: [{ availableToPromise: 5 }] });
  world = await world.again();
  expect(await seen()).toEqual(before);
  await world.clock.advance(5_000);
  expect(await promised(world, 'TEE')).toMatchObject([{ availableToPromise: 8 }]);
});
