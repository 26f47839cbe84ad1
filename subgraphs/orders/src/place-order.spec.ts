/** What becomes of an order's key when its lane does not answer. */
import { Overloaded } from '@holdfast/chassis/lane/lane';
import { scriptedClock } from '@holdfast/chassis/scripted-clock';
import { type IdempotencyKey, type OrderId, uuidOf } from '@holdfast/schema/identifiers';
import { expect, it } from 'vitest';
import { createPlaceOrder, type PlaceOrderParts } from './place-order.ts';

/** Whether the order still has its key once the lane has thrown. */
async function hasKeyAfter(thrown: Overloaded) {
  const keys = new Set<string>();
  const unused = {} as never;
  let asked: OrderId | undefined;
  const place = createPlaceOrder({
    ...{ clock: scriptedClock(), listeners: unused, reader: unused },
    lanes: {
      ...{ count: 1, outcomeOf: async () => undefined },
      handle: async (_lane: number, { command }: { command: { order: OrderId } }) => {
        asked = command.order;
        throw thrown;
      },
    } as unknown as PlaceOrderParts['lanes'],
    personalKeys: {
      async create(subject) {
        keys.add(subject);
        return new Uint8Array(32);
      },
      find: async () => undefined,
      forget: async (subject) => void keys.delete(subject),
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
  return asked && keys.has(uuidOf(asked));
}

it('forgets the key of an order that was not decided', async () =>
  expect(await hasKeyAfter(new Overloaded(250))).toBe(false));

it('keeps the key of an order that may stand although nobody answered', async () =>
  expect(await hasKeyAfter(new Overloaded(250, true))).toBe(true));
