/** Claims over several lanes through the schema, on SQLite, all lanes in one process. */
import { allocationId, homePlace, orderId, parseSku } from '@holdfast/schema/identifiers';
import { units } from '@holdfast/schema/quantities';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { laneOfSku } from '../src/over-lanes/ask-lane.ts';
import {
  ask,
  freshKey,
  must,
  mutate,
  openWorld,
  promised,
  stocked,
  until,
  type World,
} from './inventory-world.ts';

const laneCount = 16;
const sku = (text: string) => {
  const parsed = parseSku(text);
  if (parsed === undefined) throw new Error(`not a SKU: ${text}`);
  return parsed;
};
const names = ['TEE', 'MUG', 'CAP'].map(sku);

let world: World;
beforeEach(async () => {
  world = await openWorld(undefined, undefined, undefined, laneCount);
  for (const name of names) await stocked(world, name, 3);
});
afterEach(() => world.end());

const lines = (...wanted: readonly (readonly [string, number])[]) =>
  wanted.map(([of, quantity]) => ({ sku: of, quantity }));
const reserve = (wanted: readonly (readonly [string, number])[], more: object = {}) =>
  mutate(world, 'reserveStock', { idempotencyKey: freshKey(), lines: lines(...wanted), ...more });
const figures = async () =>
  ((await promised(world, ...names)) as readonly { readonly availableToPromise: number }[]).map(
    ({ availableToPromise }) => availableToPromise,
  );
const all = [
  ['TEE', 1],
  ['MUG', 2],
  ['CAP', 3],
] as const;

describe('a hold over several lanes', () => {
  it('lies in lanes of its own', () =>
    expect(new Set(names.map((name) => laneOfSku(name, laneCount))).size).toBe(3));

  it('is held everywhere, shown with all its lines, and heard again under its key', async () => {
    const input = { idempotencyKey: freshKey(), lines: lines(...all) };
    const made = await mutate(world, 'reserveStock', input);
    expect(made).toMatchObject({ __typename: 'StockReserved', reservation: { status: 'ACTIVE' } });
    expect(made.reservation).toMatchObject({ lines: { length: 3 } });
    expect(await mutate(world, 'reserveStock', input)).toEqual(made);
    await until(figures, (seen) => seen.join() === '2,1,0');
  });

  it('is refused as a whole, with what is short of every line', async () => {
    const refused = await reserve([
      ['TEE', 9],
      ['MUG', 1],
      ['CAP', 9],
    ]);
    expect(refused).toMatchObject({ code: 'INSUFFICIENT_STOCK' });
    expect(refused.message).toContain('TEE: 3 of 9');
    expect(refused.message).toContain('CAP: 3 of 9');
    await until(figures, (seen) => seen.join() === '3,3,3');
  });

  it('is extended, given back, and then free everywhere', async () => {
    const { reservation } = await reserve(all, { ttlSeconds: 60 });
    const about = { reservationId: reservation?.id };
    const extended = await must(world, 'extendReservation', { ...about, ttlSeconds: 1_200 });
    expect(extended.reservation).toMatchObject({ status: 'ACTIVE', version: 2 });
    const released = await must(world, 'releaseReservation', about);
    expect(released.reservation).toMatchObject({ status: 'RELEASED' });
    await until(figures, (seen) => seen.join() === '3,3,3');
  });

  it('is replaced by a later one of the same buyer, whose units count once', async () => {
    const buyer = 'a buyer of at least 16 characters';
    const first = await reserve(all, { buyer });
    const next = await reserve(
      [
        ['CAP', 3],
        ['TEE', 3],
      ],
      { buyer },
    );
    expect(next.__typename).toBe('StockReserved');
    await until(figures, (seen) => seen.join() === '0,3,0');
    const source = `query ($id: ID!) { reservation(id: $id) { status lines { sku } } }`;
    const { data } = await ask(world, source, { id: first.reservation?.id });
    expect(data.reservation).toMatchObject({ status: 'RELEASED' });
  });

  it('becomes an order’s, and is taken back from every lane', async () => {
    const { reservation } = await reserve(all);
    const order = orderId(crypto.randomUUID(), homePlace(names));
    const claim = allocationId(order, homePlace(names));
    const wanted = all.map(([of, count]) => ({ sku: sku(of), units: units(count) }));
    await world.intend({
      ...{ type: 'OrderAllocationRequested', order, claim, channel: 'default' as never },
      ...{ reservation: reservation?.id as never, lines: wanted },
    });
    const source = `query ($sku: ID!) { stockPositions(sku: $sku) { reserved allocated } }`;
    const positions = async () =>
      JSON.stringify(
        await Promise.all(
          names.map(async (name) => (await ask(world, source, { sku: name })).data),
        ),
      );
    const count = (seen: string, field: string) =>
      [...seen.matchAll(new RegExp(`"${field}":(\\d)`, 'g'))].map(([, number]) => number).join();
    await until(positions, (seen) => count(seen, 'allocated') === '1,2,3');
    expect(count(await positions(), 'reserved')).toBe('0,0,0');
    await world.intend({
      ...{ type: 'OrderAllocationReleaseRequested', order, claim, reservation: undefined },
      ...{ whole: true, lines: [] },
    });
    await until(figures, (seen) => seen.join() === '3,3,3');
    expect(world.failures).toEqual([]);
  });
});

describe.each([1, laneCount])('a class that keeps less back, over %i lanes', (lanes) => {
  it('gives its units to who waits for them', async () => {
    const shop = await openWorld(undefined, undefined, undefined, lanes);
    const putClass = (safetyStock: number) =>
      must(shop, 'putProductClass', {
        ...{ code: 'patient', mode: 'RESERVATION', backorder: 'UNLIMITED', safetyStock },
      });
    await putClass(3);
    await stocked(shop, 'TEE', 3, 'patient');
    const order = orderId(crypto.randomUUID(), homePlace([sku('TEE')]));
    const claim = allocationId(order, homePlace([sku('TEE')]));
    await shop.intend({
      ...{ type: 'OrderAllocationRequested', order, claim, channel: 'default' as never },
      ...{ reservation: undefined, lines: [{ sku: sku('TEE'), units: units(2) }] },
    });
    const source = `{ stockPositions(sku: "TEE") { allocated }
      stockMovements(sku: "TEE") { nodes { type } } }`;
    const seen = async () => JSON.stringify((await ask(shop, source)).data);
    await until(seen, (text) => text.includes('stock.backordered'));
    expect(await seen()).toContain('"allocated":0');
    await putClass(1);
    await until(seen, (text) => text.includes('"allocated":2'));
    await shop.end();
  });
});
