/**
 * Live availability: a snapshot, then what changes; a reader resumes without a gap or hears that it
 * must begin anew.
 */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { heartbeatMs } from '../src/graphql/subscriptions.ts';
import { type Message, must, openWorld, stocked, type World, watch } from './inventory-world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
  await stocked(world, 'TEE', 10);
  await stocked(world, 'MUG', 5);
});
afterEach(async () => {
  expect(world.failures).toEqual([]);
  await world.end();
});
const receive = (sku: string) =>
  must(world, 'receiveStock', { sku, locationCode: 'BER', quantity: 1 });
const changeOf = (sku: string, availableToPromise: number) => ({
  ...{ __typename: 'AvailabilityChange', availability: { sku, availableToPromise } },
});

/** What is said until a heartbeat. */
async function untilHeartbeat(live: Awaited<ReturnType<typeof watch>>) {
  const heard: Message[] = [];
  for (;;) {
    const message = await live.next();
    if (message.__typename === 'Heartbeat') return heard;
    heard.push(message);
  }
}

describe('from the beginning', () => {
  it('shows what there is, then each change as it is now; unknown SKUs are left out', async () => {
    const live = await watch(world, ['TEE', 'GHOST', 'TEE']);
    expect(await live.next()).toMatchObject({
      ...{ __typename: 'AvailabilitySnapshot', complete: true },
      availabilities: [{ sku: 'TEE', availableToPromise: 5 }],
    });
    await must(world, 'adjustStock', {
      sku: 'TEE',
      locationCode: 'BER',
      delta: -7,
      reason: 'lost',
    });
    expect(await live.next()).toMatchObject(changeOf('TEE', 3));
    await live.end();
  });

  it('tells of a SKU that comes to exist', async () => {
    const live = await watch(world, ['NEW']);
    expect((await live.next()).availabilities).toEqual([]);
    await must(world, 'putItem', { sku: 'NEW' });
    expect(await live.next()).toMatchObject(changeOf('NEW', 0));
    await live.end();
  });

  it('comes in parts of 100, of which the last says that it is', async () => {
    const skus = Array.from({ length: 101 }, (_, at) => `S${at}`);
    await Promise.all(skus.map((sku) => must(world, 'putItem', { sku })));
    const live = await watch(world, skus);
    const parts = [await live.next(), await live.next()];
    expect(parts.map(({ complete, availabilities }) => [complete, availabilities?.length])).toEqual(
      [
        ...[
          [false, 100],
          [true, 1],
        ],
      ],
    );
    await live.end();
  });

  it('says that it lives after each quarter of a minute', async () => {
    const live = await watch(world, ['TEE']);
    const { cursor } = await live.next();
    for (const turn of [1, 2]) {
      const next = live.next();
      await world.clock.advance(heartbeatMs);
      const asOf = new Date(world.clock.now()).toISOString();
      expect([turn, await next]).toEqual([turn, { __typename: 'Heartbeat', asOf, cursor }]);
    }
    await live.end();
  });

  it('tells when a hold lapses, and when a class changes what is promised', async () => {
    await must(world, 'reserveStock', { lines: [{ sku: 'MUG', quantity: 3 }], ttlSeconds: 10 });
    const live = await watch(world, ['MUG']);
    await live.next();
    const lapsed = live.next();
    await world.clock.advance(10_000);
    expect(await lapsed).toMatchObject(changeOf('MUG', 5));
    const stricter = { code: 'default', mode: 'RESERVATION', safetyStock: 4 };
    await must(world, 'putProductClass', stricter);
    expect(await live.next()).toMatchObject(changeOf('MUG', 1));
    await live.end();
  });

  it('is refused for 201 SKUs and an unknown channel', async () => {
    const skus = Array.from({ length: 201 }, (_, at) => `S${at}`);
    const live = await watch(world, skus).catch(String);
    const failure = typeof live === 'string' ? live : await live.next().catch(String);
    expect(failure).toMatch(/at most 200|BAD_USER_INPUT/);
  });
});

describe('after a cursor', () => {
  it('tells each SKU that has changed since, once, and then that it has caught up', async () => {
    const { cursor } = await (await watch(world, ['TEE', 'MUG'])).next();
    await receive('MUG');
    await must(world, 'adjustStock', {
      sku: 'MUG',
      locationCode: 'BER',
      delta: -4,
      reason: 'lost',
    });
    const live = await watch(world, ['TEE', 'MUG'], cursor);
    expect(await untilHeartbeat(live)).toMatchObject([changeOf('MUG', 2)]);
    await receive('MUG');
    expect(await live.next()).toMatchObject(changeOf('MUG', 3));
    await live.end();
  });

  it('has no gap at any message: each is a place to resume after', async () => {
    const first = await watch(world, ['TEE', 'MUG']);
    const { cursor } = await first.next();
    await must(world, 'reserveStock', {
      lines: [
        { sku: 'TEE', quantity: 8 },
        { sku: 'MUG', quantity: 3 },
      ],
    });
    const one = await first.next();
    const other = await first.next();
    const rest = async (after: string | undefined) =>
      untilHeartbeat(await watch(world, ['TEE', 'MUG'], after));
    expect(await rest(cursor)).toHaveLength(2);
    expect(await rest(one.cursor)).toEqual([other]);
    expect(await rest(other.cursor)).toEqual([]);
    await first.end();
  });

  it('outlives the process', async () => {
    const { cursor } = await (await watch(world, ['TEE', 'MUG'])).next();
    await must(world, 'adjustStock', {
      sku: 'MUG',
      locationCode: 'BER',
      delta: -1,
      reason: 'lost',
    });
    world = await world.again();
    const live = await watch(world, ['TEE', 'MUG'], cursor);
    expect(await untilHeartbeat(live)).toMatchObject([changeOf('MUG', 4)]);
    await live.end();
  });

  it('of a change of master data tells all again rather than none', async () => {
    const { cursor } = await (await watch(world, ['TEE', 'MUG'])).next();
    const stricter = { code: 'default', mode: 'RESERVATION', safetyStock: 4 };
    await must(world, 'putProductClass', stricter);
    const live = await watch(world, ['TEE', 'MUG'], cursor);
    expect(await untilHeartbeat(live)).toMatchObject([changeOf('TEE', 5), changeOf('MUG', 1)]);
    await live.end();
  });

  it.each([
    ['of another store', 'store2.4096'],
    ['of the future', 'store1.999999999999'],
    ['that nobody gave', 'nonsense'],
    ['without a place', 'store1.'],
  ])('%s begins anew, and says so', async (_, after) => {
    const live = await watch(world, ['TEE'], after);
    expect((await live.next()).__typename).toBe('Reset');
    expect(await live.next()).toMatchObject({
      ...{ __typename: 'AvailabilitySnapshot', complete: true, availabilities: [{ sku: 'TEE' }] },
    });
    await live.end();
  });
});
