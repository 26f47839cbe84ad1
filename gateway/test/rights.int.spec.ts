/** Who may ask for what (INTERFACE "Who"). */
import type { Caller } from '@holdfast/schema/caller';
import { supergraphSdl } from '@holdfast/schema/sdl';
import type { GraphQLObjectType, GraphQLSchema, OperationTypeNode } from 'graphql';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { keyRing } from '../src/callers/key-ring.ts';
import { mayAsk } from '../src/callers/rights.ts';
import { createFederation } from '../src/execution/create-federation.ts';
import { defaultLimits } from '../src/limits/limits.ts';
import { callers } from './stubs/contract.ts';
import { ask, type Started, startGateway } from './stubs/gateway.ts';

const roles = ['storefront', 'agent', 'partner', 'narrowPartner', 'operator'] as const;

/** By root field, whether each of `roles` may; a narrow partner has no scope at all. */
const table: Readonly<Record<string, string>> = {
  'query.availability': 'yes yes yes yes yes',
  'query.item': 'yes yes yes yes yes',
  'query.reservation': 'yes yes yes yes yes',
  'query.stockPositions': 'no yes yes no yes',
  'query.stockMovements': 'no yes yes no yes',
  'query.order': 'yes yes yes no yes',
  'query.orderByNumber': 'no yes yes no yes',
  'mutation.reserveStock': 'yes yes yes yes yes',
  'mutation.extendReservation': 'yes yes yes yes yes',
  'mutation.releaseReservation': 'yes yes yes yes yes',
  'mutation.placeOrder': 'yes yes yes no yes',
  'mutation.cancelOrder': 'yes yes yes no yes',
  'mutation.recordPayment': 'no yes yes no yes',
  'mutation.receiveStock': 'no no yes no yes',
  'mutation.adjustStock': 'no no yes no yes',
  'mutation.countStock': 'no no yes no yes',
  'mutation.moveStock': 'no no yes no yes',
  'mutation.putProductClass': 'no no yes no yes',
  'mutation.putItem': 'no no yes no yes',
  'mutation.putLocation': 'no no yes no yes',
  'mutation.putChannel': 'no no yes no yes',
  'subscription.availabilityChanged': 'yes yes yes yes yes',
  'subscription.orderChanged': 'yes yes yes no yes',
};

const kinds: Readonly<Record<string, OperationTypeNode>> = {
  query: 'query' as OperationTypeNode,
  mutation: 'mutation' as OperationTypeNode,
  subscription: 'subscription' as OperationTypeNode,
};

const may = (name: string, caller: Caller) => {
  const [kind = '', field = ''] = name.split('.');
  const type = kinds[kind];
  return type !== undefined && mayAsk(type, field, caller);
};

const rootFields = (schema: GraphQLSchema): string[] => {
  const types: [string, GraphQLObjectType | null | undefined][] = [
    ['query', schema.getQueryType()],
    ['mutation', schema.getMutationType()],
    ['subscription', schema.getSubscriptionType()],
  ];
  return types.flatMap(([kind, type]) =>
    Object.keys(type?.getFields() ?? {}).map((field) => `${kind}.${field}`),
  );
};

describe('the table of rights', () => {
  it('has an entry for every root field of the contract, and for nothing else', async () => {
    const { federation } = await createFederation({
      supergraphSdl: supergraphSdl(),
      dataSources: {},
      mayAsk,
      anonymous: undefined,
      limits: defaultLimits,
      maskErrors: () => [],
    });
    const fields = rootFields(federation.apiSchema);
    expect(fields.length).toBeGreaterThan(20);
    expect(fields.sort()).toEqual(Object.keys(table).sort());
    // An operator may everything: what they may not has no entry.
    for (const field of fields)
      expect([field, may(field, callers.operator)]).toEqual([field, true]);
  });

  it.each(Object.entries(table))('%s: %s', (name, answers) => {
    const expected = answers.split(' ').map((answer) => answer === 'yes');
    expect(roles.map((role) => may(name, callers[role]))).toEqual(expected);
  });

  it('denies what it does not know', () => {
    for (const name of ['query.everything', 'query.constructor', 'mutation.availability']) {
      expect(may(name, callers.operator)).toBe(false);
    }
  });
});

describe('over HTTP', () => {
  let started: Started;
  let url: string;
  beforeAll(async () => {
    started = await startGateway();
    url = started.url;
  });
  afterAll(() => started.gateway.close());

  const receive =
    'mutation { receiveStock(input: { idempotencyKey: "1", sku: "A", locationCode: "L", quantity: 1 }) { __typename } }';

  it('takes a call without a key for a storefront', async () => {
    expect((await ask(url, { query: '{ item(sku: "A") { name } }' })).data).not.toBeNull();
  });

  it('asks a call without a key to come with one', async () => {
    const { status, codes } = await ask(url, { query: receive });
    expect([status, codes]).toEqual([200, ['UNAUTHENTICATED']]);
  });

  it.each(['storefront', 'agent', 'narrowPartner'])('forbids %s', async (key) => {
    const { status, codes, data } = await ask(url, { query: receive }, { key });
    expect([status, codes, data]).toEqual([200, ['FORBIDDEN'], undefined]);
  });

  it.each(['partner', 'operator'])('lets %s', async (key) => {
    expect((await ask(url, { query: receive }, { key })).codes).toEqual([]);
  });

  it('refuses an unknown key whatever it asks', async () => {
    for (const accept of ['application/json', 'application/graphql-response+json']) {
      const options = { key: 'guess', headers: { accept } };
      const { status, codes } = await ask(url, { query: '{ __typename }' }, options);
      expect([status, codes]).toEqual([200, ['UNAUTHENTICATED']]);
    }
  });

  it('takes a key without the word Bearer', async () => {
    const headers = { authorization: 'operator' };
    expect((await ask(url, { query: receive }, { headers })).codes).toEqual([]);
  });

  it('runs nothing when one of several fields is refused', async () => {
    const { data, codes } = await ask(
      url,
      { query: '{ item(sku: "A") { sku } ... on Query { x: stockPositions(sku: "A") { sku } } }' },
      { key: 'storefront' },
    );
    expect([data, codes]).toEqual([undefined, ['FORBIDDEN']]);
  });

  it('lets everyone read the contract', async () => {
    const { data } = await ask(url, { query: '{ __schema { queryType { name } } }' });
    expect(data).toEqual({ __schema: { queryType: { name: 'Query' } } });
  });

  it('needs a key from everyone where there is no anonymous storefront', async () => {
    const closed = await startGateway({ keys: keyRing(new Map(), undefined) });
    const { codes } = await ask(closed.url, { query: '{ __typename }' });
    expect(codes).toEqual(['UNAUTHENTICATED']);
    await closed.gateway.close();
  });
});
