import { Overloaded } from '@holdfast/chassis/lane';
import { describe, expect, it } from 'vitest';
import { createMutations } from './mutations.ts';

const withoutOwner = async () => {
  throw new Overloaded(250);
};
const mutations = createMutations({
  ...{ placeOrder: withoutOwner, changeOrder: withoutOwner },
  ...{ secret: 'a secret of at least 32 characters', storefrontCap: undefined },
});
const caller = { role: 'agent', id: 'agent', scopes: [] } as const;

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
});
