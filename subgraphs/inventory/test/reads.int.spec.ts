/**
 * What is derived: rebuilt it says the same, each movement has its cause, many are read at once.
 */

import type { OrderAllocationRequested } from '@holdfast/schema/events';
import {
  allocationId,
  defaultChannel,
  lineId,
  orderId,
  parseSku,
} from '@holdfast/schema/identifiers';
import { units } from '@holdfast/schema/quantities';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  availabilityProjection,
  stockCollection,
  unanswered,
} from '../src/projections/availability.ts';
import { emptyStock } from '../src/stock/stock.ts';
import { ask, must, openWorld, promised, stocked, until, type World } from './inventory-world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(async () => {
  expect(world.failures).toEqual([]);
  await world.end();
});

const movements = `query ($sku: ID!, $first: Int, $after: String) {
  answer: stockMovements(sku: $sku, first: $first, after: $after) {
    nodes { id type at quantity cause actor reference location { code } }
    pageInfo { hasNextPage endCursor } } }`;
const order = orderId('00000000-0000-7000-8000-000000000001', 'abcd');
const claim = allocationId(order, 'abcd');
const tee = parseSku('TEE');
if (tee === undefined) throw new Error('not a SKU');
const request: OrderAllocationRequested = {
  ...{ type: 'OrderAllocationRequested', order, claim, channel: defaultChannel },
  ...{ reservation: undefined, lines: [{ sku: tee, units: units(4) }] },
};
const release = (restock: boolean) => ({
  ...{ type: 'OrderAllocationReleaseRequested' as const, order, claim, reservation: undefined },
  ...{ whole: true, lines: [{ sku: tee, units: units(4), line: lineId(order, 1), restock }] },
});
const isPromised = (count: number) =>
  until(
    () => promised(world, 'TEE'),
    (seen) => JSON.stringify(seen).includes(`"availableToPromise":${count},`),
  );

it('rebuilt from zero it answers the same', async () => {
  await stocked(world, 'TEE', 10);
  await must(world, 'putChannel', { code: 'web', name: 'Web', locationCodes: ['BER'] });
  await must(world, 'reserveStock', { lines: [{ sku: 'TEE', quantity: 2 }] });
  await must(world, 'moveStock', {
    ...{ sku: 'TEE', locationCode: 'BER', quantity: 1, from: 'SELLABLE', to: 'DAMAGED' },
    reason: 'dropped',
  });
  const seen = async () => [
    await promised(world, 'TEE', 'GHOST'),
    (await ask(world, movements, { sku: 'TEE' })).data,
    (await ask(world, '{ stockPositions(sku: "TEE") { onHand reserved version } }')).data,
    (await ask(world, '{ availability(skus: ["TEE"], channel: "web") { version } }')).data,
  ];
  const before = await seen();
  // What was derived is wrong, as after a mistake in a projection: only the log can put it right.
  const lie = availabilityProjection.text.encode({
    ...{ stock: emptyStock('TEE'), position: 1, ...unanswered },
  });
  const wrong = { collection: stockCollection, id: 'TEE', version: 2 ** 50, body: lie };
  world = await world.again();
  await world.readModel.write([wrong], []);
  world = await world.again();
  expect(await promised(world, 'TEE')).toEqual([null]);
  await world.app.rebuild();
  expect(await seen()).toEqual(before);
  await must(world, 'receiveStock', { sku: 'TEE', locationCode: 'BER', quantity: 1 });
  expect(await promised(world, 'TEE')).toMatchObject([{ availableToPromise: 8 }]);
});

describe('movements', () => {
  it('name what was asked, by whom and why, newest first', async () => {
    await stocked(world, 'TEE', 0);
    const receipt = { sku: 'TEE', locationCode: 'BER', quantity: 10, reference: 'PO 7' };
    await must(world, 'receiveStock', receipt);
    await world.intend(request);
    await isPromised(6);
    await world.intend(release(false));
    await until(
      () => ask(world, movements, { sku: 'TEE' }),
      ({ data }) => JSON.stringify(data).includes('released'),
    );
    const { data } = await ask(world, movements, { sku: 'TEE' });
    expect(data.answer).toMatchObject({
      nodes: [
        {
          ...{ type: 'stock.allocation.released', quantity: -4, actor: 'orders', reference: claim },
          ...{ cause: 'TakeBackAllocation: 4 to QUALITY_INSPECTION', location: { code: 'BER' } },
        },
        { type: 'stock.allocated', quantity: 4, cause: 'AllocateStock', actor: 'orders' },
        {
          ...{ type: 'stock.received', quantity: 10, actor: 'operator', reference: 'PO 7' },
          cause: 'ReceiveStock: into SELLABLE',
        },
        { type: 'item.saved', quantity: 0, cause: 'PutItem: class default', location: null },
      ],
      pageInfo: { hasNextPage: false },
    });
  });

  it('come in pages that meet', async () => {
    await stocked(world, 'TEE', 0);
    for (let count = 1; count <= 4; count += 1) {
      await must(world, 'receiveStock', { sku: 'TEE', locationCode: 'BER', quantity: count });
    }
    const quantities: number[] = [];
    let after: string | null = null;
    do {
      const { data } = await ask(world, movements, { sku: 'TEE', first: 2, after });
      const page = data.answer as {
        nodes: { quantity: number }[];
        pageInfo: { hasNextPage: boolean; endCursor: string };
      };
      quantities.push(...page.nodes.map(({ quantity }) => quantity));
      after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null;
    } while (after !== null);
    expect(quantities).toEqual([4, 3, 2, 1, 0]);
    expect((await ask(world, movements, { sku: 'TEE', first: 101 })).codes).toEqual([
      'BAD_USER_INPUT',
    ]);
  });
});

describe('what orders ask', () => {
  it('is done once, though it is asked twice', async () => {
    await stocked(world, 'TEE', 10);
    await world.intend(request);
    await isPromised(6);
    world = await world.again();
    await world.intend(request);
    await world.intend(release(true));
    await isPromised(10);
  });

  it('is refused by a fact of its own, and takes nothing', async () => {
    await stocked(world, 'TEE', 3);
    await world.intend(request);
    await world.intend(release(true));
    await world.clock.settle();
    expect(await promised(world, 'TEE')).toMatchObject([{ availableToPromise: 3 }]);
  });
});

it('100 entities are one read of the store', async () => {
  const skus = Array.from({ length: 100 }, (_, at) => `S${at}`);
  await must(world, 'putLocation', { code: 'BER', name: 'Berlin' });
  await Promise.all(skus.map((sku) => must(world, 'putItem', { sku, name: `Item ${sku}` })));
  world = await world.again();
  world.reads.length = 0;
  const source = `query ($references: [_Any!]!) {
    _entities(representations: $references) { ... on Item { sku name } } }`;
  const references = [...skus, 'GHOST'].map((sku) => ({ __typename: 'Item', sku }));
  const { data } = await ask(world, source, { references });
  expect(data._entities).toEqual([...skus.map((sku) => ({ sku, name: `Item ${sku}` })), null]);
  expect(world.reads.filter((read) => read.startsWith('stock '))).toEqual(['stock 101']);
});
