/** Two small subgraphs that hold every kind of join the planner knows. */
import { composeServices } from '@apollo/composition';
import { buildSubgraphSchema } from '@apollo/subgraph';
import type { Subgraph } from '@holdfast/schema/subgraph';
import { parse } from 'graphql';

const link =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable", "@external", "@requires"])';

export const shopSdl = `${link}
type Offer @key(fields: "sku") {
  sku: ID!
  units: Int!
  product: Product
  sureProduct: Product!
  others: [Product!]!
  maybeOthers: [Product]
  badge: Badge!
  rows: [[Product]]
}
union Badge = InStock | SoldOut
type InStock { units: Int! product: Product }
type SoldOut { eta: String product: Product }
interface Thing { id: ID! product: Product }
type Parcel implements Thing { id: ID! product: Product grams: Int }
type Voucher implements Thing { id: ID! product: Product code: String }
type Product @key(fields: "sku") @key(fields: "ean") {
  sku: ID!
  ean: ID!
  weightClass: String
  shipping: Int @requires(fields: "weight")
  weight: Int @external
}
enum Color { RED GREEN }
type Query {
  offers(skus: [ID!]!): [Offer]!
  offer(sku: ID!): Offer
  things: [Thing!]!
  count(by: Int = 3, color: Color): Int!
  broken: Offer
}
type Mutation { rename(sku: ID!, name: String!): Offer  touch: Int! }
`;

export const catalogSdl = `${link}
type Product @key(fields: "sku") {
  sku: ID!
  name: String
  title(language: String = "en"): String!
  weight: Int
  fails: String
  mustFail: String!
  missing: String!
  maker: Maker
  related(first: Int = 2): [Product!]!
}
type Maker { name: String! country: Country! }
type Country @shareable { code: String! }
type Query { product(sku: ID!): Product }
`;

const product = (sku: string) => ({ __typename: 'Product', sku, ean: `ean-${sku}` });

const offer = (sku: string) => {
  if (sku === 'none') return null;
  return {
    sku,
    units: sku.length,
    product: sku === 'bare' ? null : product(sku),
    sureProduct: product(sku),
    others: [product('O1'), product('O2'), product('O1')],
    maybeOthers: [product('O1'), null, product('gone')],
    badge:
      sku === 'sold'
        ? { __typename: 'SoldOut', eta: 'soon', product: product(sku) }
        : { __typename: 'InStock', units: 1, product: product(sku) },
    rows: [[product('R1'), null], null, [product('R2')]],
  };
};

type Sku = { readonly sku: string };
type Skus = { readonly skus: readonly string[] };

const fail = () => {
  throw new Error('secret: connection to 10.0.0.1 refused');
};

export const shopResolvers = {
  Query: {
    offers: (_: unknown, { skus }: Skus) => skus.map(offer),
    offer: (_: unknown, { sku }: Sku) => offer(sku),
    things: () => [
      { __typename: 'Parcel', id: '1', product: product('A'), grams: 5 },
      { __typename: 'Voucher', id: '2', product: product('B'), code: 'X' },
    ],
    count: (_: unknown, { by }: { by: number }) => by,
    broken: fail,
  },
  Mutation: {
    rename: (_: unknown, { sku }: Sku) => offer(sku),
    touch: () => 1,
  },
  Offer: { __resolveReference: ({ sku }: Sku) => offer(sku) },
  Product: {
    __resolveReference: (reference: Sku) => ({ ...product(reference.sku), ...reference }),
    weightClass: () => 'L',
    shipping: ({ weight }: { weight?: number }) => (weight ?? -1) * 2,
  },
};

/** Every representation that was asked for. */
export const asked: string[] = [];

export const catalogResolvers = {
  Query: { product: (_: unknown, { sku }: Sku) => ({ sku }) },
  Product: {
    __resolveReference: ({ sku }: Sku) => {
      asked.push(sku);
      return sku === 'gone' ? null : { sku };
    },
    name: ({ sku }: Sku) => `Name ${sku}`,
    title: ({ sku }: Sku, { language }: { language: string }) => `${language} ${sku}`,
    weight: () => 21,
    fails: fail,
    mustFail: fail,
    missing: () => 'there',
    maker: ({ sku }: Sku) => ({ name: `Maker of ${sku}`, country: { code: 'DE' } }),
    related: ({ sku }: Sku, { first }: { first: number }) =>
      Array.from({ length: first }, (_, index) => ({ sku: `${sku}-${index}` })),
  },
};

const subgraph = (name: string, sdl: string, resolvers: object): Subgraph => ({
  // The product has no subgraphs of these names.
  name: name as Subgraph['name'],
  schema: buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers: resolvers as never }]),
  createContext: (request) => request,
  notReady: () => undefined,
});

export const shopAndCatalog = (): Subgraph[] => [
  subgraph('shop', shopSdl, shopResolvers),
  subgraph('catalog', catalogSdl, catalogResolvers),
];

export const composeShopAndCatalog = (): string => {
  const result = composeServices([
    { name: 'shop', url: 'http://shop.invalid', typeDefs: parse(shopSdl) },
    { name: 'catalog', url: 'http://catalog.invalid', typeDefs: parse(catalogSdl) },
  ]);
  if (result.errors) throw new Error(result.errors.map(String).join('\n'));
  return result.supergraphSdl;
};
