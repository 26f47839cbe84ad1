/**
 * Our executor answers what the stock one of @apollo/gateway does, on the same plans and subgraphs.
 */
import type { ExecutionResult } from 'graphql';
import { beforeAll, describe, expect, it } from 'vitest';
import { ourFederation, runOurs, sourcesInProcess, stockGateway } from './stubs/both-executors.ts';

type Run = (query: string, variables?: Record<string, unknown>) => Promise<ExecutionResult>;

let ours: Run;
let stock: Run;

beforeAll(async () => {
  const federation = await ourFederation(sourcesInProcess());
  ours = (query, variables) => runOurs(federation, query, variables);
  stock = await stockGateway(sourcesInProcess());
});

/** As JSON, so that prototypes do not count; errors by where they are, because ours are masked. */
const comparable = ({ data, errors }: ExecutionResult) => ({
  data: JSON.parse(JSON.stringify(data ?? null)),
  errorPaths: (errors ?? []).map(({ path }) => JSON.stringify(path)).sort(),
});

const operations: readonly (readonly [string, string, Record<string, unknown>?])[] = [
  ['a join', '{ offer(sku: "A") { sku product { name } } }'],
  ['a join in a list', '{ offers(skus: ["A", "B", "A"]) { sku product { sku name } } }'],
  ['nulls in a list', '{ offers(skus: ["A", "none", "bare"]) { sku product { name } } }'],
  [
    'joins in lists in a list',
    '{ offers(skus: ["A", "B"]) { others { name } maybeOthers { sku name } } }',
  ],
  ['joins in a list of lists', '{ offer(sku: "A") { rows { sku name } } }'],
  [
    'aliases',
    '{ x: offer(sku: "A") { y: sku z: product { w: name sku } } b: offer(sku: "B") { sku } }',
  ],
  [
    'one field twice, by alias',
    '{ offer(sku: "A") { product { de: title(language: "de") title en: title } } }',
  ],
  [
    'the same key twice, merged',
    '{ offer(sku: "A") { product { name } } offer(sku: "A") { product { weight } units } }',
  ],
  [
    'a fragment',
    '{ offer(sku: "A") { ...f } } fragment f on Offer { sku product { ...g } } fragment g on Product { name maker { name } }',
  ],
  [
    'fragments that overlap',
    '{ offer(sku: "A") { ...f ...g } } fragment f on Offer { product { name } } fragment g on Offer { product { weight sku } }',
  ],
  ['an inline fragment without a type', '{ offer(sku: "A") { ... { product { ... { name } } } } }'],
  [
    '__typename everywhere',
    '{ __typename offer(sku: "A") { t: __typename product { __typename name } badge { __typename } } }',
  ],
  [
    'a union',
    '{ offers(skus: ["A", "sold"]) { badge { ... on InStock { units product { name } } ... on SoldOut { eta product { weight } } } } }',
  ],
  [
    'an interface',
    '{ things { id __typename ... on Parcel { grams } ... on Voucher { code } product { name } } }',
  ],
  ['an interface without __typename', '{ things { id product { sku name } } }'],
  [
    'a fragment on an interface',
    '{ things { ...t } } fragment t on Thing { product { maker { country { code } } } }',
  ],
  ['@requires, there and back', '{ offer(sku: "A") { product { shipping } } }'],
  ['@requires from the other side', '{ product(sku: "A") { shipping weightClass name } }'],
  [
    'entities inside entities',
    '{ product(sku: "A") { related { name weightClass related(first: 1) { shipping } } } }',
  ],
  [
    'variables',
    'query ($s: [ID!]!, $l: String) { offers(skus: $s) { product { title(language: $l) } } }',
    { s: ['A', 'B'], l: 'fr' },
  ],
  ['defaults of variables', 'query ($n: Int = 7) { count(by: $n) other: count }'],
  ['an argument left out, and null', 'query ($n: Int) { count(by: $n) }'],
  ['an enum variable', 'query ($c: Color) { count(color: $c) }', { c: 'RED' }],
  [
    '@include true on a joined field',
    'query ($y: Boolean!) { offer(sku: "A") { sku product @include(if: $y) { name } } }',
    { y: true },
  ],
  [
    '@include false on a joined field',
    'query ($y: Boolean!) { offer(sku: "A") { sku product @include(if: $y) { name } } }',
    { y: false },
  ],
  [
    '@skip inside a join',
    'query ($y: Boolean!) { offer(sku: "A") { product { sku name @skip(if: $y) weight } } }',
    { y: true },
  ],
  [
    '@skip and @include on fragments',
    'query ($y: Boolean!, $n: Boolean!) { offer(sku: "A") { ... @include(if: $y) { product { name } } ... @skip(if: $y) { units } ... @include(if: $n) { sku } } }',
    { y: true, n: false },
  ],
  [
    'a field that is left out and selected',
    'query ($n: Boolean!) { offer(sku: "A") { product { name @include(if: $n) } product { name } } }',
    { n: false },
  ],
  [
    'a field under two conditions',
    'query ($y: Boolean!, $n: Boolean!) { offer(sku: "A") { units @include(if: $n) units @include(if: $y) product @skip(if: $y) { name } product @include(if: $n) { weight } } }',
    { y: true, n: false },
  ],
  [
    '@skip on a root field',
    'query ($y: Boolean!) { offer(sku: "A") @skip(if: $y) { sku } count }',
    { y: true },
  ],
  [
    'constant conditions',
    '{ offer(sku: "A") { sku @skip(if: true) product @include(if: false) { name } units } }',
  ],
  ['a failing joined field', '{ offers(skus: ["A", "B"]) { sku product { name fails } } }'],
  [
    'a failing field of an entity twice in the answer',
    '{ offers(skus: ["A", "A"]) { product { fails } } }',
  ],
  ['a failing non-null joined field', '{ offer(sku: "A") { sku product { name mustFail } } }'],
  [
    'a failing non-null field below non-null',
    '{ offer(sku: "A") { sku sureProduct { mustFail } } }',
  ],
  [
    'a failing non-null field in a list of non-nulls',
    '{ offer(sku: "A") { sku others { mustFail } } }',
  ],
  ['a failing root field beside others', '{ broken { sku } count }'],
  ['an entity that is gone', '{ offer(sku: "A") { maybeOthers { sku name } } }'],
  ['a mutation', 'mutation { rename(sku: "A", name: "B") { sku product { name } } touch }'],
  [
    'mutations in order',
    'mutation { a: touch rename(sku: "A", name: "B") { product { weight } } b: touch }',
  ],
  [
    'introspection beside a join',
    '{ __type(name: "Offer") { name fields { name } } offer(sku: "A") { product { name } } }',
  ],
  [
    'introspection by variable',
    'query ($n: String!) { __type(name: $n) { kind } }',
    { n: 'Thing' },
  ],
];

describe('the same as the stock executor', () => {
  for (const [name, query, variables] of operations) {
    it(name, async () => {
      const [our, their] = await Promise.all([ours(query, variables), stock(query, variables)]);
      expect(comparable(our)).toEqual(comparable(their));
      expect(our.data).not.toBeUndefined();
    });
  }
});
