/**
 * What one request may cost (INTERFACE "Error codes"): each limit from both sides, and no subgraph
 * is asked beyond.
 */
import { getIntrospectionQuery } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contractSubgraphs } from './stubs/contract.ts';
import { type Asked, ask, type Started, startGateway } from './stubs/gateway.ts';

let started: Started;
let subgraphCalls = 0;

beforeAll(async () => {
  const subgraphs = contractSubgraphs().map((subgraph) => ({
    ...subgraph,
    createContext: (request: Parameters<typeof subgraph.createContext>[0]) => {
      subgraphCalls += 1;
      return subgraph.createContext(request);
    },
  }));
  started = await startGateway({ subgraphs });
});
afterAll(() => started.gateway.close());

const codesOf = async (body: Asked, key = 'operator') =>
  (await ask(started.url, body, { key })).codes;

const refusedBeforeSubgraphs = async (body: Asked, code: string) => {
  const before = subgraphCalls;
  expect(await codesOf(body)).toEqual([code]);
  expect(subgraphCalls).toBe(before);
};

const times = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, index) => text(index)).join(' ');

const accepted = async (body: Asked) => {
  const before = subgraphCalls;
  expect(await codesOf(body)).toEqual([]);
  expect(subgraphCalls).toBeGreaterThan(before);
};

describe('tokens', () => {
  // `{ availability(skus: [ ]) { sku } }` is 12 tokens, and one more for each SKU.
  const tokens = (count: number) => ({
    query: `{ availability(skus: [${times(count - 12, (n) => `"${n}"`)}]) { sku } }`,
  });

  it('takes 1,500', () => accepted(tokens(1_500)));
  it('refuses 1,501', () => refusedBeforeSubgraphs(tokens(1_501), 'DOCUMENT_TOO_LARGE'));
  it('says what is wrong with a document of 1,500', () =>
    refusedBeforeSubgraphs({ query: times(1_500, () => '}') }, 'GRAPHQL_PARSE_FAILED'));
  it('refuses a large document that is wrong at its begin for its size', () =>
    refusedBeforeSubgraphs({ query: `}} ${times(1_501, () => 'a')}` }, 'DOCUMENT_TOO_LARGE'));
});

describe('depth', () => {
  /** `item { availability { item … sku } }`, `depth` levels. */
  const deep = (depth: number) => {
    const opened = Array.from({ length: depth - 2 }, (_, index) =>
      index % 2 === 0 ? 'availability {' : 'item {',
    );
    return `{ item(sku: "A") { ${opened.join(' ')} sku ${'}'.repeat(depth - 2)} } }`;
  };

  it('takes 12', () => accepted({ query: deep(12) }));
  it('refuses 13', () => refusedBeforeSubgraphs({ query: deep(13) }, 'DEPTH_LIMIT'));
  it('counts fragments for nothing, but what is in them', async () => {
    const inner = deep(12).slice(deep(12).indexOf('{ availability'), -2);
    const query = `{ ... { item(sku: "A") { ...f } } } fragment f on Item { ... on Item ${inner} }`;
    await accepted({ query });
    const deeper = `{ item(sku: "A") { availability { item { ...f } } } } fragment f on Item ${inner}`;
    await refusedBeforeSubgraphs({ query: deeper }, 'DEPTH_LIMIT');
  });
  it('exempts introspection: GraphiQL asks 15 deep', async () => {
    expect(await codesOf({ query: getIntrospectionQuery() })).toEqual([]);
  });
});

describe('aliases', () => {
  const aliases = (count: number) => ({
    query: `{ item(sku: "A") { ${times(count, (n) => `a${n}: sku`)} } }`,
  });

  it('takes 30', () => accepted(aliases(30)));
  it('refuses 31', () => refusedBeforeSubgraphs(aliases(31), 'ALIAS_LIMIT'));
});

describe('root fields', () => {
  const roots = (count: number) => ({
    query: `{ ${times(count, (n) => `r${n}: item(sku: "A") { sku }`)} }`,
  });

  it('takes 20', () => accepted(roots(20)));
  it('refuses 21', () => refusedBeforeSubgraphs(roots(21), 'COST_LIMIT'));
  it('counts them in fragments, each time', () =>
    refusedBeforeSubgraphs(
      {
        query: `{ ${times(3, () => '...f')} } fragment f on Query { ${times(7, (n) => `r${n}: item(sku: "A") { sku }`)} }`,
      },
      'COST_LIMIT',
    ));
});

describe('directives', () => {
  const directives = (count: number) => ({
    query: `{ item(sku: "A") { ${times(count, () => 'sku @include(if: true)')} } }`,
  });

  it('takes 10', () => accepted(directives(10)));
  it('refuses 11', () => refusedBeforeSubgraphs(directives(11), 'COST_LIMIT'));
});

describe('fragments', () => {
  const fragments = (count: number) => ({
    query: `{ item(sku: "A") { ${times(count, (n) => `...f${n}`)} } } ${times(count, (n) => `fragment f${n} on Item { sku }`)}`,
  });

  it('takes 20', () => accepted(fragments(20)));
  it('refuses 21', () => refusedBeforeSubgraphs(fragments(21), 'COST_LIMIT'));
  it('refuses one that contains itself', () =>
    refusedBeforeSubgraphs(
      { query: '{ item(sku: "A") { ...f } } fragment f on Item { sku ...f }' },
      'GRAPHQL_VALIDATION_FAILED',
    ));
  it('refuses few that mean millions of fields, at once', async () => {
    const startedAt = performance.now();
    const query = `{ item(sku: "A") { ...f0 } } ${times(19, (n) => `fragment f${n} on Item { ...f${n + 1} ...f${n + 1} ...f${n + 1} }`)} fragment f19 on Item { sku }`;
    await refusedBeforeSubgraphs({ query }, 'COST_LIMIT');
    expect(performance.now() - startedAt).toBeLessThan(1_000);
  });
});

describe('cost', () => {
  const skus = (count: number) => Array.from({ length: count }, (_, index) => `S${index}`);
  const full = `sku channel status availableToPromise nextSupply { quantity availableAt } version asOf
    byLocation { status availableToPromise location { id code name } } item { sku name }`;
  const query = `query ($skus: [ID!]!) { availability(skus: $skus) { ${full} } }`;

  it('takes everything about 200 SKUs', () => accepted({ query, variables: { skus: skus(200) } }));
  it('refuses everything about 400', () =>
    refusedBeforeSubgraphs({ query, variables: { skus: skus(400) } }, 'COST_LIMIT'));
  it('counts a literal list as one of a variable', () =>
    refusedBeforeSubgraphs(
      { query: `{ availability(skus: ${JSON.stringify(skus(400))}) { ${full} } }` },
      'COST_LIMIT',
    ));
  it('takes a page of 100 and refuses one of 101', async () => {
    const page = (first: number) => ({
      query:
        'query ($n: Int) { stockMovements(sku: "A", first: $n) { nodes { id location { code } } } }',
      variables: { n: first },
    });
    await accepted(page(100));
    await refusedBeforeSubgraphs(page(101), 'BAD_USER_INPUT');
  });
});

describe('validation', () => {
  it('suggests nothing', async () => {
    const { errors } = await ask(started.url, { query: '{ itm(skuu: "A") { sk } } ' });
    expect(errors?.length).toBeGreaterThan(0);
    expect(JSON.stringify(errors)).not.toMatch(/did you mean/i);
  });
});
