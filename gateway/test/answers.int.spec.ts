/** What our executor does where the stock one does worse, or nothing. */
import type { SubgraphCall } from '@holdfast/schema/subgraph';
import { type ExecutionResult, GraphQLError } from 'graphql';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DataSource } from '../src/execution/federation.ts';
import {
  contextForTest,
  ourFederation,
  runOurs,
  sourcesInProcess,
} from './stubs/both-executors.ts';
import { callers } from './stubs/contract.ts';

const answering = (result: unknown): DataSource => ({
  // As a remote subgraph's answer comes: parsed from its JSON.
  process: async () => JSON.parse(JSON.stringify(result)),
  subscribe: async () => ({ errors: [] }),
});

const failing = (error: Error): DataSource => ({
  process: () => Promise.reject(error),
  subscribe: () => Promise.reject(error),
});

/** Hand-written JSON: a literal in code would set the prototype. */
const answeringText = (text: string): DataSource => ({
  ...answering({}),
  process: async () => JSON.parse(text),
});

const run = async (
  sources: Record<string, DataSource>,
  query: string,
  variables?: Record<string, unknown>,
) => runOurs(await ourFederation({ ...sourcesInProcess(), ...sources }), query, variables);

const codes = ({ errors }: ExecutionResult) => errors?.map(({ extensions }) => extensions.code);
const paths = ({ errors }: ExecutionResult) => errors?.map(({ path }) => path?.join('.'));

describe('names that every object seems to have', () => {
  let namesBefore: string[];
  beforeEach(() => {
    namesBefore = Object.getOwnPropertyNames(Object.prototype);
  });
  afterEach(() => {
    expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(namesBefore);
    expect(Object.hasOwn({}, 'polluted')).toBe(false);
  });

  it('answers an alias __proto__ like any other', async () => {
    const { data } = await run(
      {},
      '{ __proto__: offer(sku: "A") { __proto__: units constructor: sku } }',
    );
    expect(JSON.stringify(data)).toBe('{"__proto__":{"__proto__":1,"constructor":"A"}}');
  });

  it('joins below an alias __proto__', async () => {
    const { data } = await run(
      {},
      '{ __proto__: offer(sku: "A") { __proto__: product { name } } }',
    );
    expect(JSON.stringify(data)).toBe('{"__proto__":{"__proto__":{"name":"Name A"}}}');
  });

  it('answers null, not what an object inherits, for a field that a subgraph left out', async () => {
    const shop = answering({ data: { offer: {} } });
    const { data, errors } = await run(
      { shop },
      '{ offer(sku: "A") { toString: product { sku } constructor: product { sku } } }',
    );
    expect(JSON.stringify(data)).toBe('{"offer":{"toString":null,"constructor":null}}');
    expect(errors).toBeUndefined();
  });

  it('is not polluted by what a subgraph replies', async () => {
    const entity =
      '{"name":"x","__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}';
    const catalog = answeringText(`{"data":{"_entities":[${entity}],"__proto__":{"polluted":1}}}`);
    const shop = answeringText('{"data":{"offer":{"product":{"__typename":"Product","sku":"A"}}}}');
    const { data } = await run({ shop, catalog }, '{ offer(sku: "A") { product { name } } }');
    expect(JSON.stringify(data)).toBe('{"offer":{"product":{"name":"x"}}}');
  });

  it('is not polluted by a root reply', async () => {
    const shop = answeringText(
      '{"data":{"__proto__":{"polluted":1},"offer":{"__proto__":{"polluted":1},"units":1}}}',
    );
    const { data } = await run({ shop }, '{ offer(sku: "A") { units } }');
    expect(JSON.stringify(data)).toBe('{"offer":{"units":1}}');
  });
});

describe('entities', () => {
  const counting = () => {
    const calls: SubgraphCall[] = [];
    const { catalog } = sourcesInProcess();
    if (!catalog) throw new Error('There is no catalog.');
    const counted: DataSource = {
      ...catalog,
      process: (call, context) => {
        calls.push(call);
        return catalog.process(call, context);
      },
    };
    return { calls, counted };
  };

  it('asks once for what stands in the answer many times', async () => {
    const { calls, counted } = counting();
    const query = '{ offers(skus: ["A", "B", "A"]) { product { name } } }';
    const { data } = await run({ catalog: counted }, query);
    expect(calls.map(({ variables }) => variables.representations)).toEqual([
      [
        { __typename: 'Product', sku: 'A' },
        { __typename: 'Product', sku: 'B' },
      ],
    ]);
    expect(JSON.stringify(data)).toBe(
      '{"offers":[{"product":{"name":"Name A"}},{"product":{"name":"Name B"}},{"product":{"name":"Name A"}}]}',
    );
  });

  it('tells an error of an entity at each place where it stands', async () => {
    const result = await run({}, '{ offers(skus: ["A", "B", "A"]) { product { fails } } }');
    expect(paths(result)?.sort()).toEqual([
      'offers.0.product.fails',
      'offers.1.product.fails',
      'offers.2.product.fails',
    ]);
  });

  it('does not ask when there is nothing to ask for', async () => {
    const { calls, counted } = counting();
    await run({ catalog: counted }, '{ offers(skus: ["bare", "none"]) { product { name } } }');
    expect(calls).toEqual([]);
  });

  it('does not ask for what a client leaves out', async () => {
    const { calls, counted } = counting();
    const query = 'query ($y: Boolean!) { offer(sku: "A") { product @include(if: $y) { name } } }';
    await run({ catalog: counted }, query, { y: false });
    expect(calls).toEqual([]);
    await run({ catalog: counted }, query, { y: true });
    expect(calls).toHaveLength(1);
  });

  it.each([
    ['@include', false],
    ['@skip', true],
  ])('does not ask for a root field that %s leaves out', async (directive, y) => {
    const { calls, counted } = counting();
    const query = `query ($y: Boolean!) { product(sku: "A") ${directive}(if: $y) { name } }`;
    expect((await run({ catalog: counted }, query, { y })).data).toEqual({});
    expect(calls).toEqual([]);
    await run({ catalog: counted }, query, { y: !y });
    expect(calls).toHaveLength(1);
  });

  it('does not ask for an entity whose key it does not know', async () => {
    const { calls, counted } = counting();
    const shop = answering({ data: { offer: { product: { __typename: 'Product' } } } });
    await run({ shop, catalog: counted }, '{ offer(sku: "A") { product { name } } }');
    expect(calls).toEqual([]);
  });

  it('refuses a variable of the name that representations go by', async () => {
    const result = await run({}, 'query ($representations: Int) { count(by: $representations) }');
    expect(codes(result)).toEqual(['GRAPHQL_VALIDATION_FAILED']);
  });

  it.each([
    ['fewer', { data: { _entities: [] } }],
    ['none', { data: {} }],
  ])('is INTERNAL when %s come back than were asked for', async (_, reply) => {
    const result = await run(
      { catalog: answering(reply) },
      '{ offer(sku: "A") { sku product { name } } }',
    );
    expect(JSON.stringify(result.data)).toBe('{"offer":{"sku":"A","product":{"name":null}}}');
    expect(codes(result)).toEqual(['INTERNAL']);
  });
});

describe('a subgraph that fails', () => {
  const query = '{ offer(sku: "A") { sku product { name } } }';

  it('leaves what others answered', async () => {
    const result = await run({ catalog: failing(new Error('10.0.0.1')) }, query);
    expect(JSON.stringify(result.data)).toBe('{"offer":{"sku":"A","product":{"name":null}}}');
    expect(codes(result)).toEqual(['INTERNAL']);
    expect(JSON.stringify(result)).not.toContain('10.0.0.1');
  });

  it('may say TIMEOUT or UNAVAILABLE', async () => {
    const error = new GraphQLError('away', { extensions: { code: 'UNAVAILABLE' } });
    expect(codes(await run({ catalog: failing(error) }, query))).toEqual(['UNAVAILABLE']);
  });

  it.each([
    ['NOT_FOUND', 'NOT_FOUND'],
    ['OVERLOADED', 'OVERLOADED'],
    ['BAD_USER_INPUT', 'BAD_USER_INPUT'],
    ['COST_LIMIT', 'INTERNAL'],
    ['DATABASE', 'INTERNAL'],
  ])('says %s: the client hears %s', async (code, heard) => {
    const shop = answering({
      data: { offer: null },
      errors: [{ message: 'told', path: ['offer'], extensions: { code, stacktrace: ['secret'] } }],
    });
    const result = await run({ shop }, '{ offer(sku: "A") { sku } }');
    expect(codes(result)).toEqual([heard]);
    expect(paths(result)).toEqual(['offer']);
    expect(JSON.stringify(result)).not.toContain('secret');
    expect(result.errors?.[0]?.message === 'told').toBe(heard !== 'INTERNAL');
  });
});

describe('what the contract does not allow', () => {
  const offers = (offer: unknown) =>
    answering({ data: { offers: [{ sku: 'A', units: 1 }, offer] } });
  const query = '{ offers(skus: []) { sku units } }';

  it.each([
    ['a null that must not be', { sku: 'B', units: null }],
    ['a field that is missing', { sku: 'B' }],
    ['a text for a number', { sku: 'B', units: '7' }],
    ['a fraction for a whole number', { sku: 'B', units: 1.5 }],
    ['an object for a leaf', { sku: 'B', units: { $gt: 0 } }],
    ['a text for an object', 'B'],
  ])('is null at the nearest place that may be, with an error there: %s', async (_, offer) => {
    const result = await run({ shop: offers(offer) }, query);
    expect(JSON.stringify(result.data)).toBe('{"offers":[{"sku":"A","units":1},null]}');
    expect(codes(result)).toEqual(['INTERNAL']);
    expect(paths(result)?.[0]).toMatch(/^offers\.1/);
  });

  it('empties everything when nothing above may be null', async () => {
    const result = await run({ shop: answering({ data: { count: null } }) }, '{ count }');
    expect(result.data).toBeNull();
    expect(paths(result)).toEqual(['count']);
  });

  it('tells no second error of a null that has one', async () => {
    const result = await run({}, '{ offer(sku: "A") { sureProduct { mustFail } } }');
    expect(paths(result)).toEqual(['offer.sureProduct.mustFail']);
  });

  it('is null for an object of a type that cannot stand there', async () => {
    const shop = answering({ data: { offer: { badge: { __typename: 'Parcel' } } } });
    const result = await run(
      { shop },
      '{ offer(sku: "A") { badge { ... on InStock { units } } } }',
    );
    expect(JSON.stringify(result.data)).toBe('{"offer":null}');
  });
});

describe('preparation', () => {
  it('is done once a text and name', async () => {
    const federation = await ourFederation(sourcesInProcess());
    const text = 'query A { count } query B { __typename }';
    expect(federation.prepare(text, 'A')).toBe(federation.prepare(text, 'A'));
    expect(federation.prepare(text, 'A')).not.toBe(federation.prepare(text, 'B'));
    expect(federation.prepare(text, undefined)).toHaveProperty('errors');
  });

  it('coerces variables, and says BAD_USER_INPUT where it cannot', async () => {
    const federation = await ourFederation(sourcesInProcess());
    const prepared = federation.prepare('query ($c: Color) { count(color: $c) }', undefined);
    if ('errors' in prepared) throw prepared.errors[0];
    const admitted = federation.admit(prepared, { c: 'REDD' }, callers.operator);
    expect('errors' in admitted && codes({ errors: admitted.errors })).toEqual(['BAD_USER_INPUT']);
    expect(JSON.stringify(admitted)).not.toMatch(/did you mean/i);
  });

  it('answers the last cursor that a subgraph told', async () => {
    const federation = await ourFederation(sourcesInProcess());
    const prepared = federation.prepare('{ count }', undefined);
    if ('errors' in prepared) throw prepared.errors[0];
    const context = contextForTest();
    context.cursors.push('one', 'two');
    const { extensions } = await federation.execute(prepared, {}, context);
    expect(extensions).toEqual({ cursor: 'two' });
  });
});
