import { Overloaded } from '@holdfast/chassis/lane/lane';
import { scriptedClock } from '@holdfast/chassis/scripted-clock';
import { StoreAway } from '@holdfast/chassis/store-failure';
import { describe, expect, it } from 'vitest';
import { createMutations } from './mutations.ts';

const withoutOwner = async () => {
  throw new Overloaded(250);
};
const withoutStore = async () => {
  throw new StoreAway('test');
};
const clock = scriptedClock();
const mutations = createMutations({
  ...{ placeOrder: withoutOwner, changeOrder: withoutStore },
  ...{ clock, secret: 'a secret of at least 32 characters', storefrontCap: undefined },
});
const caller = { role: 'agent', id: 'agent', scopes: [] } as const;

const order = `ord_${'1'.repeat(32)}abcd`;
const cancel = { idempotencyKey: 'key-1', orderId: order, reason: 'mind', restock: true };

it('a mutation that takes too long is refused before the gateway gives it up', async () => {
  const slow = createMutations({
    ...{ placeOrder: withoutOwner, changeOrder: () => new Promise<never>(() => {}) },
    ...{ clock, secret: 'a secret of at least 32 characters', storefrontCap: undefined },
  });
  const heard = slow.cancelOrder(cancel, caller, 'trace');
  await clock.advance(3_900);
  expect((await heard).payload).toMatchObject({ __typename: 'Overloaded', retryAfterMs: 250 });
});

describe('a mutation whose lane has no owner just now', () => {
  it('is refused with a type, wherever on its way that is found', async () => {
    const input = {
      idempotencyKey: 'key-1',
      lines: [{ sku: 'TEE', quantity: 1 }],
      customer: { email: 'ada@example.org' },
    };
    const { payload } = await mutations.placeOrder(input, caller, 'trace');
    expect(payload).toMatchObject({ __typename: 'Overloaded', retryAfterMs: 250 });
  });

  it('is refused as well while the store does not answer', async () => {
    const { payload } = await mutations.cancelOrder(cancel, caller, 'trace');
    expect(payload).toMatchObject({ __typename: 'Overloaded', retryAfterMs: 1_000 });
  });
});
