import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { allocates, itemSaved } from './inventory-facts.ts';
import { mutate, orderById, orderOf } from './orders-graphql.ts';
import { caller, openWorld, type World } from './orders-world.ts';

let world: World;
beforeEach(async () => {
  world = await openWorld();
  await world.tell('sku/TEE', itemSaved('TEE'));
});
afterEach(async () => {
  expect(world.failures).toEqual([]);
  await world.end();
});

const wish = (more: object = {}) => ({
  ...{ idempotencyKey: 'key-1', customer: { email: 'ada@example.org' } },
  ...{ lines: [{ sku: 'TEE', quantity: 2 }], ...more },
});

describe('placing', () => {
  it('answers the confirmed order once inventory has allocated, and nothing is to be paid', async () => {
    world.answer = allocates();
    const answer = await mutate(world, 'placeOrder', wish());
    expect(answer).toMatchObject({
      __typename: 'OrderPlaced',
      order: {
        ...{
          status: 'CONFIRMED',
          number: '00-000001',
          channel: 'default',
          version: 4,
          total: null,
        },
        lines: [
          { sku: 'TEE', quantity: 2, allocated: 2, status: 'ALLOCATED', item: { sku: 'TEE' } },
        ],
      },
    });
    const order = orderOf(answer);
    expect(order.history.nodes.map(({ type }) => type)).toEqual([
      'order.placed',
      'order.allocation.requested',
      'order.allocated',
      'order.confirmed',
    ]);
    expect(await orderById(world, order.id)).toEqual(order);
    expect(await orderById(world, order.id, caller('storefront'))).toBeNull();
  });
});
