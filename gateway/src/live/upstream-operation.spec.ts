import { buildSchema, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { upstreamOperation, upstreamVariables } from './upstream-operation.ts';

const schema = buildSchema(`
  type Availability { sku: ID!  version: Int!  available(within: Int): Int! }
  type AvailabilitySnapshot {
    availabilities: [Availability!]!  complete: Boolean!  cursor: String!
  }
  type AvailabilityChange { availability: Availability!  cursor: String! }
  type Heartbeat { asOf: String!  cursor: String! }
  type Reset { reason: String! }
  union AvailabilityMessage = AvailabilitySnapshot | AvailabilityChange | Heartbeat | Reset
  type OrderSnapshot { cursor: String! }
  type OrderChange { cursor: String! }
  union OrderMessage = OrderSnapshot | OrderChange | Heartbeat | Reset
  type Query { none: Int }
  type Subscription {
    availabilityChanged(skus: [ID!]!, channel: ID, after: String): AvailabilityMessage!
    orderChanged(orderId: ID!, after: String): OrderMessage!
    clock: Int
  }
`);

const planned = (text: string) => {
  const operation = upstreamOperation(text);
  if (operation === undefined) throw new Error('It has no policy.');
  expect(validate(schema, parse(operation.query))).toEqual([]);
  return operation;
};

describe('the operation that goes upstream', () => {
  it('asks for the hub’s keys, and keeps what the client selected, and the channel', () => {
    const operation = planned(`subscription Q($s: [ID!]!, $c: ID, $a: String, $w: Int) {
      badge: availabilityChanged(skus: $s, channel: $c, after: $a) {
        ... on AvailabilityChange { availability { left: available(within: $w) } } } }`);
    const variables = { s: ['A', 'B'], c: 'web', a: 'e.7', w: 3 };
    expect(operation.rootKey).toBe('badge');
    expect(operation.argumentsOf(variables)).toEqual({ keys: ['A', 'B'], after: 'e.7' });
    expect(upstreamVariables(operation, variables, ['B'], 'e.9')).toEqual({
      c: 'web',
      w: 3,
      _holdfastKeys: ['B'],
      _holdfastAfter: 'e.9',
    });
    expect(operation.query).toContain('left: available(within: $w)');
    expect(operation.query).toContain('_holdfastCursor: cursor');
  });

  it('takes literals too, one key for a list of one, and numbers for ids', () => {
    const read = (list: string) =>
      planned(
        `subscription { availabilityChanged(skus: ${list}, after: null) { __typename } }`,
      ).argumentsOf({ b: 'B' });
    expect(read('["A", 7]')).toEqual({ keys: ['A', '7'] });
    expect(read('"A"')).toEqual({ keys: ['A'] });
  });

  it('keeps the order that it is about', () => {
    const operation = planned(
      `subscription Q($id: ID!, $a: String) {
        orderChanged(orderId: $id, after: $a) { __typename } }`,
    );
    expect(operation.argumentsOf({ id: 'o-1' })).toEqual({ keys: ['o-1'] });
    expect(upstreamVariables(operation, { id: 'o-1' }, ['o-1'], undefined)).toEqual({ id: 'o-1' });
  });

  it('knows under which names a heartbeat is asked for, also through fragments', () => {
    const operation = planned(`subscription { availabilityChanged(skus: []) {
        kind: __typename ...Beat ... on Reset { cursor: reason } } }
      fragment Beat on AvailabilityMessage { ... on Heartbeat { upTo: cursor asOf } }`);
    expect([...operation.heartbeatFields]).toEqual([
      ['kind', '__typename'],
      ['upTo', 'cursor'],
      ['asOf', 'asOf'],
      ['_holdfastType', '__typename'],
      ['_holdfastCursor', 'cursor'],
    ]);
  });

  it('is none for a field without a policy', () => {
    expect(upstreamOperation('subscription { clock }')).toBeUndefined();
  });
});
