/** What a client hears when something breaks, and what only the log does. */
import { GraphQLError } from 'graphql';
import { afterEach, describe, expect, it } from 'vitest';
import { type Answers, contractSubgraphs } from './stubs/contract.ts';
import { ask, type Started, type StartOptions, startGateway } from './stubs/gateway.ts';

let started: Started | undefined;
afterEach(async () => {
  await started?.gateway.close();
  started = undefined;
});

const start = async (answers: Answers, options: StartOptions = {}) => {
  started = await startGateway({ subgraphs: contractSubgraphs(answers), ...options });
  return started;
};

const never = () => new Promise(() => {});

describe('an unexpected error', () => {
  it('is INTERNAL and neutral; the log has the cause, once, with the trace id', async () => {
    const cause = new Error('password=hunter2 at 10.0.0.1');
    const { url, errors } = await start({ 'Query.item': () => Promise.reject(cause) });
    const query = '{ a: item(sku: "A") { sku } b: item(sku: "B") { sku } }';
    const asked = await ask(url, { query }, { headers: { 'x-request-id': 'trace-7' } });
    expect(asked.status).toBe(200);
    expect(asked.data).toEqual({ a: null, b: null });
    const internal = (key: string) => ({
      message: 'Something went wrong on our side.',
      path: [key],
      extensions: { code: 'INTERNAL', traceId: 'trace-7' },
    });
    expect(asked.errors).toMatchObject([internal('a'), internal('b')]);
    expect(Object.keys(asked.errors?.[0]?.extensions ?? {}).sort()).toEqual(['code', 'traceId']);
    expect(JSON.stringify(asked)).not.toContain('hunter2');
    expect(errors).toHaveLength(1);
    expect(errors[0]?.facts).toMatchObject({ traceId: 'trace-7' });
    expect(String(errors[0]?.facts?.cause)).toContain('hunter2');
  });

  it('is INTERNAL when a subgraph answers what its contract does not have', async () => {
    const { url } = await start({ 'Query.item': () => ({ sku: null }) });
    const { data, codes } = await ask(url, { query: '{ item(sku: "A") { sku } }' });
    expect([data, codes]).toEqual([{ item: null }, ['INTERNAL']]);
  });
});

describe('an error that a subgraph means', () => {
  it('is told with its facts', async () => {
    const error = new GraphQLError('The lane is full.', {
      extensions: { code: 'OVERLOADED', retryAfterMs: 1_500, lane: 3 },
    });
    const { url, errors } = await start({ 'Query.item': () => Promise.reject(error) });
    const asked = await ask(url, { query: '{ item(sku: "A") { sku } }' });
    expect(asked.errors?.[0]).toMatchObject({ message: 'The lane is full.', path: ['item'] });
    const { traceId, ...facts } = asked.errors?.[0]?.extensions ?? {};
    expect(facts).toEqual({ code: 'OVERLOADED', retryAfterMs: 1_500 });
    expect(asked.headers.get('retry-after')).toBe('2');
    expect(errors).toEqual([]);
  });
});

describe('a subgraph that takes too long', () => {
  it('is TIMEOUT, and leaves what others answered', async () => {
    const limits = { subgraphTimeoutMs: 50 };
    const { url } = await start({ 'Query.order': never }, { limits });
    const { status, data, codes } = await ask(url, {
      query: '{ order(id: "1") { id } item(sku: "A") { name } }',
    });
    expect([status, data, codes]).toEqual([
      200,
      { order: null, item: { name: 'Item A' } },
      ['TIMEOUT'],
    ]);
  });

  it('does not keep a request past its own deadline', async () => {
    const limits = { subgraphTimeoutMs: 60_000, requestTimeoutMs: 50 };
    const { url } = await start({ 'Query.order': never }, { limits });
    const headers = { accept: 'application/graphql-response+json' };
    const asked = await ask(url, { query: '{ order(id: "1") { id } }' }, { headers });
    expect([asked.status, asked.codes]).toEqual([504, ['TIMEOUT']]);
    expect(asked.errors?.[0]?.extensions.traceId).toBe(asked.headers.get('x-request-id'));
  });
});

describe('rates', () => {
  const reserve = {
    query: 'mutation { reserveStock(input: { idempotencyKey: "1", lines: [] }) { __typename } }',
  };
  const rates = { storefront: { burst: 3, perSecond: 1 }, otherKeys: { burst: 5, perSecond: 1 } };

  const takes = async (url: string, key: string | undefined, count: number) => {
    for (let call = 0; call < count; call += 1) {
      expect((await ask(url, reserve, { ...(key && { key }) })).codes).toEqual([]);
    }
    return ask(url, reserve, { ...(key && { key }) });
  };

  it('limits a storefront key, and each key on its own', async () => {
    const { url } = await start({}, { rates });
    const limited = await takes(url, 'storefront', 3);
    expect([limited.status, limited.codes]).toEqual([200, ['RATE_LIMITED']]);
    expect(limited.errors?.[0]?.extensions.retryAfterMs).toBeGreaterThan(0);
    expect(limited.headers.get('retry-after')).toBe('1');
    expect((await takes(url, undefined, 3)).codes).toEqual(['RATE_LIMITED']);
    expect((await takes(url, 'agent', 5)).codes).toEqual(['RATE_LIMITED']);
  });

  it('counts each field of a request', async () => {
    const { url } = await start({}, { rates });
    const field = 'reserveStock(input: { idempotencyKey: "1", lines: [] }) { __typename }';
    const query = `mutation { a: ${field} b: ${field} }`;
    expect((await ask(url, { query })).codes).toEqual([]);
    expect((await ask(url, { query })).codes).toEqual(['RATE_LIMITED']);
  });

  it('never limits what only reads', async () => {
    const { url } = await start({}, { rates });
    for (let call = 0; call < 10; call += 1) {
      expect((await ask(url, { query: '{ item(sku: "A") { sku } }' })).codes).toEqual([]);
    }
  });
});

describe('more requests in flight than there may be', () => {
  it('are OVERLOADED, and told when to come again', async () => {
    const order = Promise.withResolvers<null>();
    const answers = { 'Query.order': () => order.promise };
    const { url } = await start(answers, { limits: { requestsInFlightMax: 2 } });
    const slow = { query: '{ order(id: "1") { id } }' };
    const waiting = [ask(url, slow), ask(url, slow)];
    await expect
      .poll(async () => (await ask(url, { query: '{ __typename }' })).codes)
      .toEqual(['OVERLOADED']);
    const { errors } = await ask(url, { query: '{ __typename }' });
    expect(errors?.[0]?.extensions.retryAfterMs).toBeGreaterThan(0);
    order.resolve(null);
    await Promise.all(waiting);
    expect((await ask(url, { query: '{ __typename }' })).codes).toEqual([]);
  });
});
