/**
 * The live part on the whole gateway: its own executor, rights and limits, over socket and stream.
 */
import { type Client, createClient } from 'graphql-ws';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contractSubgraphs } from './stubs/contract.ts';
import { type Started, startGateway } from './stubs/gateway.ts';

const order = {
  id: 'ord_1',
  number: '1',
  status: 'CONFIRMED',
  channel: 'default',
  version: 3,
  placedAt: '2026-11-21T09:00:00.000Z',
  lines: [{ id: 'lin_1', sku: 'A', item: { sku: 'A' }, quantity: 1, status: 'ALLOCATED' }],
};

async function* orderChanged() {
  yield { orderChanged: { __typename: 'OrderSnapshot', order, cursor: '3' } };
  await new Promise(() => {});
}

let started: Started;
let streamUrl: string;

beforeAll(async () => {
  const orders = { 'Subscription.orderChanged': orderChanged };
  started = await startGateway({ subgraphs: contractSubgraphs({}, () => undefined, orders) });
  streamUrl = `${started.url}/graphql/stream`;
});
afterAll(() => started.gateway.close());

const subscription = `subscription {
  orderChanged(orderId: "ord_1") { __typename ... on OrderSnapshot { cursor order { lines { item { name } } } } }
}`;
const snapshot = {
  orderChanged: {
    __typename: 'OrderSnapshot',
    cursor: '3',
    order: { lines: [{ item: { name: 'Item A' } }] },
  },
};

const connect = (authorization?: string): Client =>
  createClient({
    url: `${started.url.replace('http', 'ws')}/graphql`,
    connectionParams: authorization === undefined ? {} : { authorization },
    retryAttempts: 0,
  });

const first = async (client: Client, query: string): Promise<unknown> => {
  const results = client.iterate({ query });
  try {
    const { value } = await results.next();
    return value;
  } finally {
    await results.return?.();
    await client.dispose();
  }
};

describe('over a socket', () => {
  it('joins what an event names across subgraphs', async () => {
    expect(await first(connect(), subscription)).toEqual({ data: snapshot });
  });

  it('answers queries and mutations as HTTP does', async () => {
    const query =
      'mutation { reserveStock(input: { idempotencyKey: "1", lines: [] }) { __typename } }';
    expect(await first(connect('Bearer agent'), query)).toEqual({
      data: { reserveStock: { __typename: 'StockReserved' } },
      extensions: { cursor: 'cursor-1' },
    });
  });

  it.each([
    ['{ stockPositions(sku: "A") { sku } }', 'FORBIDDEN'],
    ['{ nope }', 'GRAPHQL_VALIDATION_FAILED'],
    ['{', 'GRAPHQL_PARSE_FAILED'],
  ])('refuses %s: %s', async (query, code) => {
    const refused = await first(connect('storefront'), query).catch((errors) => ({ errors }));
    expect(refused).toMatchObject({
      errors: [{ extensions: { code, traceId: expect.any(String) } }],
    });
  });
});

describe('as a stream', () => {
  it('joins what an event names, and lets any page read it', async () => {
    const response = await fetch(`${streamUrl}?query=${encodeURIComponent(subscription)}`, {
      headers: { accept: 'text/event-stream', origin: 'https://shop.example' },
    });
    expect(response.headers.get('access-control-allow-origin')).toBe('*');
    const reader = response.body?.getReader();
    let text = '';
    while (!text.includes('\n\n')) text += new TextDecoder().decode((await reader?.read())?.value);
    await reader?.cancel();
    expect(text).toContain(JSON.stringify(snapshot));
  });
});
