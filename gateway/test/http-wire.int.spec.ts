/** GraphQL over HTTP as INTERFACE "On the wire" has it. */
import { request as httpRequest } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ask, type Started, startGateway } from './stubs/gateway.ts';

let started: Started;
let url: string;

beforeAll(async () => {
  started = await startGateway();
  url = started.url;
});
afterAll(() => started.gateway.close());

const json = 'application/json';
const newer = 'application/graphql-response+json';

const query = '{ item(sku: "A") { name } }';

const get = (search: Record<string, string>, headers: Record<string, string> = {}) =>
  fetch(`${url}/graphql?${new URLSearchParams(search)}`, { headers, redirect: 'manual' });

describe('an operation that is asked again', () => {
  it.each([
    ['what there is', '{ item(sku: "A") { name } }', {}],
    ['what may not be asked', 'query ($s: ID!) { stockPositions(sku: $s) { sku } }', { s: 'A' }],
    ['a wrong variable', 'query ($s: ID!) { item(sku: $s) { sku } }', { s: {} }],
    ['what its contract has not', '{ __typename again: __type(name: "None") { name } }', {}],
  ])('is answered byte for byte as the first time: %s', async (_, query, variables) => {
    const body = JSON.stringify({ query, variables });
    const headers = { 'content-type': json, 'x-request-id': 'again' };
    const texts: string[] = [];
    for (let times = 0; times < 3; times += 1) {
      const answer = await fetch(`${url}/graphql`, { method: 'POST', headers, body });
      texts.push(await answer.text());
    }
    expect(texts[0]).toMatch(/^\{"(data|errors)":.*\}\n$/);
    expect(new Set(texts)).toHaveLength(1);
  });

  it('has an answer of its own for each variable', async () => {
    const named = 'query ($s: ID!) { item(sku: $s) { sku } }';
    for (const sku of ['A', 'B', 'A']) {
      const { data } = await ask(url, { query: named, variables: { s: sku } });
      expect(data).toEqual({ item: { sku } });
    }
  });
});

describe('media types', () => {
  it.each([
    [undefined, json],
    ['*/*', json],
    [json, json],
    ['application/*', json],
    [newer, newer],
    [`${newer}, ${json};q=0.9`, newer],
    [`${json}, ${newer}`, json],
    [`${newer};q=0.1, */*`, json],
    ['text/html, application/xhtml+xml, */*;q=0.8', json],
  ])('accept %s is answered as %s', async (accept, type) => {
    const { headers } = await ask(url, { query }, { headers: { ...(accept && { accept }) } });
    expect(headers.get('content-type')).toBe(`${type}; charset=utf-8`);
  });

  it('is 406 for a client that reads neither', async () => {
    const { status, codes } = await ask(url, { query }, { headers: { accept: 'text/plain' } });
    expect([status, codes]).toEqual([406, ['BAD_REQUEST']]);
  });

  it.each([
    ['a syntax error', { query: '{' }, 'GRAPHQL_PARSE_FAILED', 400],
    ['an unknown field', { query: '{ nope }' }, 'GRAPHQL_VALIDATION_FAILED', 400],
    [
      'a wrong variable',
      { query: 'query ($s: ID!) { item(sku: $s) { sku } }', variables: { s: {} } },
      'BAD_USER_INPUT',
      400,
    ],
    [
      'a variable left out',
      { query: 'query ($s: ID!) { item(sku: $s) { sku } }' },
      'BAD_USER_INPUT',
      400,
    ],
    [
      'an unknown operation',
      { query: 'query A { __typename }', operationName: 'B' },
      'OPERATION_RESOLUTION_FAILURE',
      400,
    ],
    [
      'no choice among operations',
      { query: 'query A { __typename } query B { __typename }' },
      'OPERATION_RESOLUTION_FAILURE',
      400,
    ],
    [
      'a refusal for role',
      { query: '{ stockPositions(sku: "A") { sku } }' },
      'UNAUTHENTICATED',
      200,
    ],
    [
      'a subscription',
      { query: 'subscription { orderChanged(orderId: "1") { __typename } }' },
      'BAD_REQUEST',
      400,
    ],
    [
      'a hash instead of a document',
      { extensions: { persistedQuery: { version: 1, sha256Hash: 'x' } } },
      'PERSISTED_QUERY_NOT_FOUND',
      200,
    ],
  ])('%s is 200 in application/json', async (_, body, code, statusInNewer) => {
    const inJson = await ask(url, body, { headers: { accept: json } });
    expect([inJson.status, inJson.codes]).toEqual([200, [code]]);
    const inNewer = await ask(url, body, { headers: { accept: newer } });
    expect([inNewer.status, inNewer.codes]).toEqual([statusInNewer, [code]]);
    expect(inNewer).not.toHaveProperty('data');
  });

  it('is 200 in both for data with errors', async () => {
    const body = { query: '{ item(sku: "A") { name } reservation(id: "1") { id } }' };
    expect((await ask(url, body, { headers: { accept: newer } })).status).toBe(200);
  });
});

describe('POST', () => {
  it.each([
    ['no content type', {}],
    ['text', { 'content-type': 'text/plain' }],
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }],
    ['another charset', { 'content-type': 'application/json; charset=utf-16' }],
    ['a compressed body', { 'content-type': json, 'content-encoding': 'gzip' }],
  ])('takes application/json alone: %s is 415', async (_, headers) => {
    const body = new Blob([JSON.stringify({ query })]);
    const response = await fetch(`${url}/graphql`, { method: 'POST', headers, body });
    expect(response.status).toBe(415);
  });

  it('takes application/json with a charset', async () => {
    const headers = { 'content-type': 'application/json; charset=UTF-8' };
    expect((await ask(url, { query }, { headers })).status).toBe(200);
  });

  it.each([
    ['no JSON', '{'],
    ['a text', '"x"'],
    ['nothing', ''],
    ['a batch', `[${JSON.stringify({ query })}]`],
    ['no query', '{}'],
    ['a query that is no text', '{"query": {"kind": "Document"}}'],
    ['variables that are a text', '{"query": "{a}", "variables": "{}"}'],
    ['variables that are a list', '{"query": "{a}", "variables": []}'],
    ['a name that is no text', '{"query": "{a}", "operationName": 1}'],
    ['extensions that are a list', '{"query": "{a}", "extensions": []}'],
  ])('is 400 for %s', async (_, body) => {
    const { status, codes } = await ask(url, body);
    expect([status, codes]).toEqual([400, ['BAD_REQUEST']]);
  });

  it('says that there are no batches', async () => {
    const { errors } = await ask(url, `[${JSON.stringify({ query })}]`);
    expect(errors?.[0]?.message).toContain('batches');
  });

  it('takes null for what may be left out', async () => {
    const body = `{"query": ${JSON.stringify(query)}, "variables": null, "operationName": null, "extensions": null}`;
    expect((await ask(url, body)).data).toEqual({ item: { name: 'Item A' } });
  });

  it('takes a body of 100 KiB and refuses one byte more', async () => {
    const padded = (bytes: number) => {
      const body = JSON.stringify({ query, extensions: { pad: '' } });
      return body.replace('""', `"${'x'.repeat(bytes - body.length)}"`);
    };
    expect((await ask(url, padded(100 * 1024))).status).toBe(200);
    const { status, codes } = await ask(url, padded(100 * 1024 + 1));
    expect([status, codes]).toEqual([413, ['DOCUMENT_TOO_LARGE']]);
  });

  it('refuses a body that grows past the bound without having said so', async () => {
    const status = await new Promise((resolve, reject) => {
      const headers = { 'content-type': json, 'transfer-encoding': 'chunked' };
      const request = httpRequest(`${url}/graphql`, { method: 'POST', headers }, (response) => {
        resolve(response.statusCode);
        response.resume();
      });
      request.on('error', reject);
      for (let chunk = 0; chunk < 11; chunk += 1) request.write('x'.repeat(10 * 1024));
    });
    expect(status).toBe(413);
  });
});

describe('GET', () => {
  it('runs a query', async () => {
    const search = {
      query: 'query Q($s: ID!) { item(sku: $s) { name } }',
      variables: '{"s":"B"}',
      operationName: 'Q',
    };
    const response = await get(search);
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ data: { item: { name: 'Item B' } } });
  });

  it('runs no mutation', async () => {
    const response = await get({
      query: 'mutation { reserveStock(input: { idempotencyKey: "1", lines: [] }) { __typename } }',
    });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'POST']);
  });

  it.each([
    ['no query', {}],
    ['variables that are no JSON', { query, variables: '{' }],
    ['variables that are a list', { query, variables: '[]' }],
  ])('is 400 for %s', async (_, search) => {
    expect((await get({ ...search })).status).toBe(400);
  });

  it('is 400 for a parameter given twice', async () => {
    const response = await fetch(`${url}/graphql?query={__typename}&query={__typename}`);
    expect(response.status).toBe(400);
  });
});

describe('other methods', () => {
  it.each(['PUT', 'DELETE', 'PATCH'])('%s is 405', async (method) => {
    const response = await fetch(`${url}/graphql`, { method });
    expect([response.status, response.headers.get('allow')]).toEqual([405, 'GET, POST']);
  });
});

describe('what surrounds an answer', () => {
  it('gives a request its own id back, in the header and in each error', async () => {
    const asked = await ask(url, { query: '{ nope }' }, { headers: { 'x-request-id': 'abc-1' } });
    expect(asked.headers.get('x-request-id')).toBe('abc-1');
    expect(asked.errors?.[0]?.extensions.traceId).toBe('abc-1');
  });

  it.each([undefined, 'with blank', 'x'.repeat(129)])(
    'makes one where none can be taken',
    async (id) => {
      const { headers } = await ask(
        url,
        { query },
        { headers: { ...(id && { 'x-request-id': id }) } },
      );
      expect(headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    },
  );

  it('tells a mutation its cursor', async () => {
    const { data, extensions } = await ask(url, {
      query: 'mutation { reserveStock(input: { idempotencyKey: "1", lines: [] }) { __typename } }',
    });
    expect(data).toEqual({ reserveStock: { __typename: 'StockReserved' } });
    expect(extensions).toEqual({ cursor: 'cursor-1' });
  });

  it('keeps text of every language whole', async () => {
    const sku = 'Größe 42 – 靴 👢';
    const { data } = await ask(url, {
      query: 'query ($s: ID!) { item(sku: $s) { name } }',
      variables: { s: sku },
    });
    expect(data).toEqual({ item: { name: `Item ${sku}` } });
  });
});

describe('a page of another origin', () => {
  const origin = { origin: 'https://shop.example' };

  it('may ask first what it may', async () => {
    const response = await fetch(`${url}/graphql`, { method: 'OPTIONS', headers: origin });
    expect(response.status).toBe(204);
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    expect(response.headers.get('access-control-allow-methods')).toBe('GET, POST');
    for (const header of ['authorization', 'content-type', 'holdfast-after']) {
      expect(response.headers.get('access-control-allow-headers')).toContain(header);
    }
    expect(response.headers.get('access-control-allow-credentials')).toBeNull();
  });

  it('may read answers and refusals, and their request id', async () => {
    for (const body of [{ query }, { query: '{' }]) {
      const { headers } = await ask(url, body, { headers: origin });
      expect(headers.get('access-control-allow-origin')).toBe('*');
      expect(headers.get('access-control-expose-headers')).toContain('x-request-id');
    }
  });
});
