import { buildSchema, type OperationDefinitionNode, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { compileCost, costOf } from './cost.ts';
import { fragmentsOf } from './selections.ts';

const schema = buildSchema(`
  type Location { code: String! }
  type LocationAvailability { location: Location! }
  type Availability { sku: ID! byLocation: [LocationAvailability!]! item: Item }
  type Item { sku: ID! alternatives: [Item!] availability: Availability }
  type Movement { id: ID! location: Location }
  type PageInfo { hasNextPage: Boolean! }
  type Movements { nodes: [Movement!]! pageInfo: PageInfo! }
  type Snapshot { availabilities: [Availability!]! }
  type Reset { reason: String! }
  union Message = Snapshot | Reset
  type Query {
    availability(skus: [ID!]!): [Availability]!
    item(sku: ID!): Item
    movements(first: Int, after: String): Movements!
  }
  type Subscription { availabilityChanged(skus: [ID!]!): Message! }
`);

const cost = (text: string, variables: Record<string, unknown> = {}) => {
  const document = parse(text);
  // The documents here begin with their operation.
  const operation = document.definitions[0] as OperationDefinitionNode;
  return costOf(compileCost(schema, operation, fragmentsOf(document)), variables);
};

describe('cost', () => {
  it.each([
    ['{ __typename }', 0],
    ['{ item(sku: "A") { sku } }', 1],
    ['{ item(sku: "A") { availability { sku } } }', 2],
    ['{ item(sku: "A") { alternatives { sku } } }', 11],
    [
      '{ item(sku: "A") { alternatives { availability { byLocation { location { code } } } } } }',
      121,
    ],
    ['{ availability(skus: "A") { sku } }', 1],
    ['{ availability(skus: []) { sku } }', 0],
    ['{ availability(skus: ["A", "B", "C"]) { sku item { sku } } }', 6],
    ['{ movements { nodes { id } } }', 21],
    ['{ movements(first: 5) { nodes { id } pageInfo { hasNextPage } } }', 7],
    ['{ movements(first: -5) { nodes { id } } }', 1],
    ['{ __schema { types { fields { name } } } }', 0],
    [
      '{ item(sku: "A") { sku } ... { item(sku: "A") { ...f } } } fragment f on Item { availability { sku } }',
      3,
    ],
    [
      'subscription { availabilityChanged(skus: ["A", "B"]) { ... on Snapshot { availabilities { item { sku } } } } }',
      5,
    ],
  ])('%s is %d', (text, expected) => {
    expect(cost(text)).toBe(expected);
  });

  it('reads lengths from variables', () => {
    const text =
      'query ($s: [ID!]!, $n: Int) { availability(skus: $s) { byLocation { location { code } } } movements(first: $n) { nodes { id } } }';
    expect(cost(text, { s: ['A', 'B'], n: 3 })).toBe(2 * (1 + 5 * 2) + 1 + 3);
    expect(cost(text, { s: ['A'], n: null })).toBe(11 + 1 + 20);
    expect(cost(text, { s: 'A' })).toBe(11 + 1 + 20);
  });

  it('stays below the bound for everything about 200 SKUs', () => {
    const text =
      'query ($s: [ID!]!) { availability(skus: $s) { byLocation { location { code } } item { sku } } }';
    expect(cost(text, { s: Array.from({ length: 200 }) })).toBe(2_400);
  });
});
