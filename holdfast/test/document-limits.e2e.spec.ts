/** What one request may be: each limit from both sides, each refusal by its code. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type System, startSystem } from './system.ts';

let system: System;
beforeAll(async () => {
  system = await startSystem({ holdfastStorefrontRate: '3/1' });
  await system.stock('BOOK', { BER: 10 });
});
afterAll(() => system.end());

const codesOf = async (query: string, variables: Readonly<Record<string, unknown>> = {}) => {
  const { errors } = await system.operator.ask(query, variables);
  return [...new Set(errors?.map(({ extensions }) => extensions.code) ?? [])];
};
const repeat = (times: number, text: (at: number) => string) =>
  Array.from({ length: times }, (_, at) => text(at)).join(' ');

/** `levels` deep: item in availability in item, and the SKU at last. */
const deep = (levels: number) => {
  const inside = (depth: number): string => {
    if (depth === levels) return 'sku';
    return `${depth % 2 === 0 ? 'item' : 'availability'} { ${inside(depth + 1)} }`;
  };
  return `{ availability(skus: ["BOOK"]) { ${inside(2)} } }`;
};
const aliased = (times: number) =>
  `{ availability(skus: ["BOOK"]) { ${repeat(times, (at) => `a${at}: sku`)} } }`;
const rooted = (times: number) => `{ ${repeat(times, () => 'availability(skus: []) { sku }')} }`;
/** Braces and the field's name are 3 tokens, what ends the text is none. */
const tokens = (count: number) => `{ __typename ${repeat(count - 3, () => '__typename')} }`;

describe('at the limit and beyond it', () => {
  it.each([
    ['12 levels', deep(12), []],
    ['13 levels', deep(13), ['DEPTH_LIMIT']],
    ['30 aliases', aliased(30), []],
    ['31 aliases', aliased(31), ['ALIAS_LIMIT']],
    ['20 root fields', rooted(20), []],
    ['21 root fields', rooted(21), ['COST_LIMIT']],
    ['1,501 tokens', tokens(1_501), ['DOCUMENT_TOO_LARGE']],
  ])('%s', async (_, query, codes) => expect(await codesOf(query)).toEqual(codes));

  it('1,500 tokens are read, and refused only for their root fields', async () =>
    expect(await codesOf(tokens(1_500))).toEqual(['COST_LIMIT']));

  it('a cost of 4,800, and of 5,400: 600 for 200 SKUs with their items', async () => {
    const skus = Array.from({ length: 200 }, () => 'BOOK');
    const times = (count: number) =>
      `query ($skus: [ID!]!) { ${repeat(
        count,
        (at) => `a${at}: availability(skus: $skus) { item { availability { sku } } }`,
      )} }`;
    expect(await codesOf(times(8), { skus })).toEqual([]);
    expect(await codesOf(times(9), { skus })).toEqual(['COST_LIMIT']);
  });

  it('200 SKUs, and 201', async () => {
    const query = 'query ($skus: [ID!]!) { availability(skus: $skus) { sku } }';
    const skus = (count: number) => ({ skus: Array.from({ length: count }, (_, at) => `S${at}`) });
    expect(await codesOf(query, skus(200))).toEqual([]);
    expect(await codesOf(query, skus(201))).toEqual(['BAD_USER_INPUT']);
  });

  it('a body of 100 KiB, and a byte more', async () => {
    const bodyOf = (bytes: number) => {
      const frame = JSON.stringify({ query: '{ __typename }', variables: { pad: '' } });
      return frame.replace('""', `"${'x'.repeat(bytes - frame.length)}"`);
    };
    const { operator } = system;
    const fits = await operator.post(bodyOf(100 * 1024));
    expect([fits.status, JSON.parse(fits.text).errors]).toEqual([200, undefined]);
    const large = await operator.post(bodyOf(100 * 1024 + 1));
    expect(JSON.parse(large.text).errors[0].extensions.code).toBe('DOCUMENT_TOO_LARGE');
  });
});

describe('what is not a request', () => {
  it.each([
    ['no GraphQL', '{', ['GRAPHQL_PARSE_FAILED']],
    ['no field of ours', '{ nothing }', ['GRAPHQL_VALIDATION_FAILED']],
    ['an argument missing', '{ availability { sku } }', ['GRAPHQL_VALIDATION_FAILED']],
    [
      'several operations',
      'query A { __typename } query B { __typename }',
      ['OPERATION_RESOLUTION_FAILURE'],
    ],
    [
      'an unknown channel',
      '{ availability(skus: ["BOOK"], channel: "x") { sku } }',
      ['BAD_USER_INPUT'],
    ],
  ])('%s', async (_, query, codes) => expect(await codesOf(query)).toEqual(codes));

  it.each([
    ['no JSON', '{', 400, 'BAD_REQUEST'],
    ['a batch', '[{"query":"{ __typename }"}]', 400, 'BAD_REQUEST'],
    ['no query', '{}', 400, 'BAD_REQUEST'],
    [
      'a hash alone',
      '{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"0"}}}',
      ...([200, 'PERSISTED_QUERY_NOT_FOUND'] as const),
    ],
  ])('%s', async (_, body, status, code) => {
    const answered = await system.operator.post(body);
    const [error] = JSON.parse(answered.text).errors;
    expect([answered.status, error.extensions.code]).toEqual([status, code]);
    expect(error.extensions.traceId).toEqual(expect.any(String));
  });

  it('another media type', async () => {
    const headers = { 'content-type': 'text/plain' };
    const answered = await system.operator.post('{"query":"{ __typename }"}', headers);
    expect(answered.status).toBe(415);
  });

  it('GET runs queries only', async () => {
    const ask = (query: string) =>
      fetch(`${system.url}/graphql?query=${encodeURIComponent(query)}`);
    expect((await ask('{ __typename }')).status).toBe(200);
    const put = 'mutation { putItem(input: {idempotencyKey: "k", sku: "X"}) { __typename } }';
    expect((await ask(put)).status).toBe(405);
  });
});

it('introspection may be as deep as GraphiQL asks', async () => {
  const ofType = repeat(10, () => 'ofType { name').concat(' }'.repeat(10));
  expect(await codesOf(`{ __schema { types { fields { type { ${ofType} } } } } }`)).toEqual([]);
});

it('a storefront that reserves too often is told when to come again', async () => {
  const reserve = async () => {
    const query = `mutation ($input: ReserveStockInput!) {
      reserveStock(input: $input) { __typename } }`;
    const input = { idempotencyKey: 'same', lines: [{ sku: 'BOOK', quantity: 1 }] };
    const { errors } = await system.anonymous.ask(query, { input });
    return errors?.[0]?.extensions;
  };
  const heard = [
    await reserve(),
    await reserve(),
    await reserve(),
    await reserve(),
    await reserve(),
  ];
  expect(heard.slice(0, 3)).toEqual([undefined, undefined, undefined]);
  expect(heard).toContainEqual(
    expect.objectContaining({ code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) }),
  );
});
