/** Three small subgraphs: what is live in two of them is joined with names from the third. */
import { buildSubgraphSchema } from '@apollo/subgraph';
import { parse } from 'graphql';
import type { StubOrders } from './stub-orders.ts';
import type { StubStock } from './stub-stock.ts';

const federated = `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])
  scalar DateTime
  type Heartbeat @shareable { asOf: DateTime!  cursor: String! }
  type Reset @shareable { reason: String! }
`;

const stockSdl = `${federated}
  type Item @key(fields: "sku") { sku: ID! }
  type Availability @key(fields: "sku channel") {
    sku: ID!  channel: ID!  version: Int!  availableToPromise: Int!  item: Item
  }
  union AvailabilityMessage = AvailabilitySnapshot | AvailabilityChange | Heartbeat | Reset
  type AvailabilitySnapshot {
    availabilities: [Availability!]!  complete: Boolean!  cursor: String!
  }
  type AvailabilityChange { availability: Availability!  cursor: String! }
  type Query { stock: String  secret: String }
  type Mutation { spend(units: Int!): Int! }
  type Subscription {
    availabilityChanged(skus: [ID!]!, channel: ID, after: String): AvailabilityMessage!
  }
`;

const ordersSdl = `${federated}
  type Item @key(fields: "sku") { sku: ID! }
  type Order @key(fields: "id") { id: ID!  version: Int!  lines: [OrderLine!]! }
  type OrderLine { sku: ID!  item: Item }
  type OrderEvent { id: ID!  type: String! }
  union OrderMessage = OrderSnapshot | OrderChange | Heartbeat | Reset
  type OrderSnapshot { order: Order!  cursor: String! }
  type OrderChange { order: Order!  event: OrderEvent!  cursor: String! }
  type Query { orders: String }
  type Subscription { orderChanged(orderId: ID!, after: String): OrderMessage! }
`;

const catalogSdl = (more: string) => `extend schema
  @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])
  type Item @key(fields: "sku") { sku: ID!  name: String  ${more} }
  type Query { catalog: String }
`;

type Reference = { readonly sku: string };

export const stubSubgraphs = (stock: StubStock, orders: StubOrders, moreOfItem = '') => {
  const named: string[] = [];
  const live = (open: (asked: never) => unknown) => ({
    subscribe: (_: unknown, asked: never) => open(asked),
    resolve: (message: unknown) => message,
  });
  const definitions = [
    {
      name: 'stock',
      sdl: stockSdl,
      resolvers: {
        Query: { stock: () => 'stock ✓', secret: () => 'secret' },
        Mutation: { spend: (_: unknown, { units }: { units: number }) => units },
        Subscription: { availabilityChanged: live(stock.open) },
      },
    },
    {
      name: 'orders',
      sdl: ordersSdl,
      resolvers: { Subscription: { orderChanged: live(orders.open) } },
    },
    {
      name: 'catalog',
      sdl: catalogSdl(moreOfItem),
      resolvers: {
        Item: {
          __resolveReference: ({ sku }: Reference) => {
            named.push(sku);
            return { sku, name: `Näme of ${sku}` };
          },
        },
      },
    },
  ];
  return {
    /** The SKUs whose names were joined, one for each execution. */
    named,
    subgraphs: definitions.map(({ name, sdl, resolvers }) => ({
      name,
      typeDefs: parse(sdl),
      schema: buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers } as never]),
    })),
  };
};

export type StubSubgraphs = ReturnType<typeof stubSubgraphs>['subgraphs'];
