/**
 * The real contract over resolvers that answer the least, so that a test sees the gateway and
 * nothing else.
 */
import { buildSubgraphSchema } from '@apollo/subgraph';
import type { Caller } from '@holdfast/schema/caller';
import { inventorySdl, ordersSdl } from '@holdfast/schema/sdl';
import type { Subgraph, SubgraphRequest } from '@holdfast/schema/subgraph';
import { parse } from 'graphql';

const asOf = '2026-11-21T09:00:00.000Z';

const availabilityOf = (sku: string) => ({
  sku,
  channel: 'default',
  status: 'IN_STOCK',
  availableToPromise: 7,
  byLocation: [
    { location: { id: 'L1', code: 'berlin', name: 'Berlin' }, status: 'IN_STOCK' },
    { location: { id: 'L2', code: 'paris', name: 'Paris' }, status: 'IN_STOCK' },
  ],
  version: 1,
  asOf,
  item: { sku, name: `Item ${sku}` },
});

const reservation = {
  id: 'res_1',
  status: 'ACTIVE',
  channel: 'default',
  lines: [],
  expiresAt: asOf,
  version: 1,
};

type Resolvers = Record<string, Record<string, unknown>>;

/** What a test may have its way with: each by `Type.field`. */
export type Answers = Readonly<
  Record<string, (args: Record<string, unknown>, request: SubgraphRequest) => unknown>
>;

const withAnswers = (resolvers: Resolvers, answers: Answers): Resolvers => {
  for (const [name, answer] of Object.entries(answers)) {
    const [type = '', field = ''] = name.split('.');
    const fields = resolvers[type];
    if (!fields) continue;
    fields[field] = (_: unknown, args: Record<string, unknown>, request: SubgraphRequest) =>
      answer(args, request);
  }
  return resolvers;
};

const withStreams = (
  resolvers: Resolvers,
  streams: Readonly<Record<string, () => AsyncIterable<unknown>>>,
): Resolvers => {
  for (const [name, subscribe] of Object.entries(streams)) {
    const fields = resolvers.Subscription;
    if (fields) fields[name.replace('Subscription.', '')] = { subscribe };
  }
  return resolvers;
};

const inventoryResolvers = (): Resolvers => ({
  Query: {
    availability: (_: unknown, { skus }: { skus: string[] }) => skus.map(availabilityOf),
    item: (_: unknown, { sku }: { sku: string }) => ({ sku, name: `Item ${sku}` }),
    stockPositions: () => [],
    stockMovements: () => ({ nodes: [], pageInfo: { hasNextPage: false } }),
  },
  Mutation: {
    reserveStock: (_: unknown, __: unknown, request: SubgraphRequest) => {
      request.cursors.push('cursor-1');
      return { __typename: 'StockReserved', reservation };
    },
    receiveStock: () => ({ __typename: 'UnknownSku', code: 'UNKNOWN_SKU', skus: ['A'] }),
  },
  Subscription: {},
  Item: {
    __resolveReference: ({ sku }: { sku: string }) => ({ sku, name: `Item ${sku}` }),
    availability: ({ sku }: { sku: string }) => availabilityOf(sku),
  },
});

const ordersResolvers = (): Resolvers => ({
  Query: {
    order: (_: unknown, { id }: { id: string }) => ({
      id,
      number: '17-000423',
      status: 'CONFIRMED',
      channel: 'default',
      version: 3,
      placedAt: asOf,
      lines: ['A', 'B', 'A'].map((sku, index) => ({
        id: `lin_${index}`,
        sku,
        item: { sku },
        quantity: 1,
        cancelled: 0,
        backordered: 0,
        allocated: 1,
        shipped: 0,
        status: 'ALLOCATED',
      })),
    }),
  },
  Mutation: {},
  Subscription: {},
});

const subgraph = (
  name: Subgraph['name'],
  sdl: string,
  resolvers: Resolvers,
  notReady: () => string | undefined,
): Subgraph => ({
  name,
  // buildSubgraphSchema asks for its own resolver types, which tests do not have.
  schema: buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers: resolvers as never }]),
  createContext: (request) => request,
  notReady,
});

/** @param streams by `Subscription.field`, what it sends */
export const contractSubgraphs = (
  answers: Answers = {},
  notReady: () => string | undefined = () => undefined,
  streams: Readonly<Record<string, () => AsyncIterable<unknown>>> = {},
): Subgraph[] => [
  subgraph('inventory', inventorySdl, withAnswers(inventoryResolvers(), answers), notReady),
  subgraph(
    'orders',
    ordersSdl,
    withStreams(withAnswers(ordersResolvers(), answers), streams),
    () => undefined,
  ),
];

const caller = (role: Caller['role'], scopes: Caller['scopes'] = []): Caller => ({
  role,
  id: role,
  scopes,
});

export const callers = {
  anonymous: caller('storefront'),
  storefront: { ...caller('storefront'), id: 'shop' },
  agent: caller('agent'),
  partner: caller('partner', ['stock:read', 'stock:write', 'orders:read', 'orders:write']),
  narrowPartner: { ...caller('partner'), id: 'narrow' },
  operator: caller('operator'),
} as const;
