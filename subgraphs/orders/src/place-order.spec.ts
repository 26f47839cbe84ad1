/** What becomes of an order's key when its lane does not answer. */
import { Overloaded } from '@holdfast/chassis/lane';
import { scriptedClock } from '@holdfast/chassis/scripted-clock';
import type { IdempotencyKey } from '@holdfast/schema/identifiers';
import { expect, it } from 'vitest';
import { createPlaceOrder, type PlaceOrderParts } from './place-order.ts';

/** @returns the orders that still have a key once the lane has thrown */
async function keysAfter(thrown: Overloaded) {
  const keys = new Set<string>();
  const unused = {} as never;
  const place = createPlaceOrder({
    ...{ clock: scriptedClock(), listeners: unused, reader: unused },
    lanes: {
      ...{ count: 1, outcomeOf: async () => undefined },
      handle: async () => {
        throw thrown;
      },
    } as unknown as PlaceOrderParts['lanes'],
    personalKeys: {
      async create(order) {
        keys.add(order);
        return new Uint8Array(32);
      },
      find: async () => undefined,
      forget: async (order) => void keys.delete(order),
    },
    inventory: { resolve: async () => ({ type: 'resolved', order: unused }) },
  });
  const personal = {
    customer: { email: 'a@b.example', name: undefined, phone: undefined },
    shipTo: undefined,
  };
  const wish = {
    ...{ key: 'key-1' as IdempotencyKey, channel: undefined, reservation: undefined },
    ...{ lines: [], total: undefined, payment: undefined, personal },
  };
  const caller = { role: 'storefront', id: 'shop', scopes: [] } as const;
  const answered = await place(wish, { caller, input: 'hash', trace: '' });
  expect(answered).toMatchObject({ type: 'refused', refusal: { type: 'Overloaded' } });
  return keys.size;
}

it('forgets the key of an order that was not decided', async () =>
  expect(await keysAfter(new Overloaded(250))).toBe(0));

it('keeps the key of an order that may stand although nobody answered', async () =>
  expect(await keysAfter(new Overloaded(250, true))).toBe(1));
