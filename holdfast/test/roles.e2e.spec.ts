/**
 * INTERFACE "Who", each cell: what a role may not is refused, and what is not its own looks as if
 * it were not there.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Client, clientOf, orderOf, reservationOf } from './client.ts';
import { mutationOf, orderChanged, positionsQuery } from './documents.ts';
import { customer, type System, startSystem } from './system.ts';

const roles = ['anonymous', 'storefront', 'agent', 'partner', 'operator'] as const;
type Role = (typeof roles)[number];
type Order = { readonly id: string; readonly number: string };

let system: System;
/** Orders placed by each role, and a hold. */
let [ofStorefront, ofAgent, ofPartner]: Order[] = [];
let hold = '';
beforeAll(async () => {
  system = await startSystem();
  await system.stock('LAMP', { BER: 1_000 });
  const lines = [{ sku: 'LAMP', quantity: 1 }];
  const place = async (by: Client) =>
    orderOf(await by.must('placeOrder', { lines, customer }, 'OrderPlaced'));
  ofStorefront = await place(system.storefront);
  ofAgent = await place(system.agent);
  ofPartner = await place(system.partner);
  hold = reservationOf(await system.storefront.must('reserveStock', { lines }, 'StockReserved')).id;
});
afterAll(() => system.end());

const refusedAs = (role: Role) => (role === 'anonymous' ? 'UNAUTHENTICATED' : 'FORBIDDEN');
const codeOf = async (role: Role, query: string, variables: object = {}) => {
  const { errors } = await system[role].ask(query, { ...variables });
  return errors?.[0]?.extensions.code;
};

const everyone = roles;
const staff = ['agent', 'partner', 'operator'] as const;
const keepers = ['partner', 'operator'] as const;
const input = '(input: {idempotencyKey: "k"';
const answer = '{ __typename }';

/** What is asked, and who may. */
const table: readonly (readonly [string, string, readonly Role[]])[] = [
  ['availability', '{ availability(skus: ["LAMP"]) { sku } }', everyone],
  ['item', '{ item(sku: "LAMP") { sku } }', everyone],
  ['reservation', '{ reservation(id: "none") { id } }', everyone],
  ['stockPositions', '{ stockPositions(sku: "LAMP") { sku } }', staff],
  ['stockMovements', '{ stockMovements(sku: "LAMP") { nodes { id } } }', staff],
  ['order', '{ order(id: "none") { id } }', everyone],
  ['orderByNumber', '{ orderByNumber(number: "none") { id } }', staff],
  ['reserveStock', `mutation { reserveStock${input}, lines: []}) ${answer} }`, everyone],
  [
    'extendReservation',
    `mutation { extendReservation${input}, reservationId: "r", ttlSeconds: 1}) ${answer} }`,
    everyone,
  ],
  [
    'releaseReservation',
    `mutation { releaseReservation${input}, reservationId: "r"}) ${answer} }`,
    everyone,
  ],
  ['placeOrder', `mutation { placeOrder${input}, customer: {email: ""}}) ${answer} }`, everyone],
  [
    'cancelOrder',
    `mutation { cancelOrder${input}, orderId: "o", reason: "r"}) ${answer} }`,
    everyone,
  ],
  [
    'recordPayment',
    `mutation { recordPayment${input}, orderId: "o", outcome: FAILED, reference: "r"}) ${answer} }`,
    staff,
  ],
  ...['receiveStock', 'countStock', 'moveStock', 'adjustStock'].map((name) => {
    const more = {
      ...{ receiveStock: 'quantity: 1', countStock: 'quantity: 1, reason: "r"' },
      ...{ moveStock: 'quantity: 1, from: SELLABLE, to: DAMAGED, reason: "r"' },
      adjustStock: 'delta: 1, reason: "r"',
    };
    const what = `sku: "", locationCode: "BER", ${Reflect.get(more, name)}`;
    return [name, `mutation { ${name}${input}, ${what}}) ${answer} }`, keepers] as const;
  }),
  [
    'putProductClass',
    `mutation { putProductClass${input}, code: "", mode: RESERVATION}) ${answer} }`,
    keepers,
  ],
  ['putItem', `mutation { putItem${input}, sku: ""}) ${answer} }`, keepers],
  ['putLocation', `mutation { putLocation${input}, code: "", name: ""}) ${answer} }`, keepers],
  [
    'putChannel',
    `mutation { putChannel${input}, code: "", name: "", locationCodes: []}) ${answer} }`,
    keepers,
  ],
];

describe.each(table)('%s', (_, query, may) => {
  it.each(roles)('asked by %s', async (role) => {
    const expected = may.includes(role) ? undefined : refusedAs(role);
    expect(await codeOf(role, query)).toBe(expected);
  });
});

it('an unknown key is refused over HTTP, whatever it asks', async () => {
  const { status, text } = await clientOf(system.url, 'hf_operator_none').post({
    query: '{ __typename }',
  });
  expect([status, JSON.parse(text).errors[0].extensions.code]).toEqual([200, 'UNAUTHENTICATED']);
});

describe('what only staff may see', () => {
  const byLocation =
    '{ availability(skus: ["LAMP"]) { byLocation { status availableToPromise } } }';
  const placesShape = z.object({
    availability: z.array(
      z.object({
        byLocation: z.array(z.looseObject({ availableToPromise: z.number().nullable() })),
      }),
    ),
  });

  it.each(roles)('quantities by location, for %s', async (role) => {
    const { data } = await system[role].ask(byLocation);
    const [shown] = placesShape.parse(data).availability;
    const units = shown?.byLocation[0]?.availableToPromise;
    if (role === 'anonymous' || role === 'storefront') expect(units).toBeNull();
    else expect(units).toBeGreaterThan(0);
  });
});

describe("orders that are not one's own", () => {
  const none = `ord_${'0'.repeat(36)}`;
  const cancel = (by: Role, orderId: string) =>
    system[by].mutate('cancelOrder', { orderId, reason: 'why' });

  it('a storefront sees its own, and no other: those are as absent', async () => {
    const { anonymous } = system;
    expect(await anonymous.order(ofStorefront?.id ?? '')).not.toBeNull();
    for (const id of [ofAgent?.id, ofPartner?.id, none]) {
      expect(await anonymous.order(id ?? '')).toBeNull();
    }
    const absent = await cancel('anonymous', none);
    expect(absent).toMatchObject({ __typename: 'NotFound', path: ['orderId'] });
    expect(await cancel('anonymous', ofPartner?.id ?? '')).toEqual(absent);
    expect(await cancel('anonymous', 'malformed')).toEqual(absent);
  });

  it('a partner sees its own, and no other, by id and by number', async () => {
    const { partner } = system;
    expect(await partner.order(ofPartner?.id ?? '')).not.toBeNull();
    expect(await partner.order(ofStorefront?.id ?? '')).toBeNull();
    const byNumber = 'query ($number: String!) { orderByNumber(number: $number) { id } }';
    const found = async (number: string) => (await partner.ask(byNumber, { number })).data;
    expect(await found(ofPartner?.number ?? '')).toEqual({ orderByNumber: { id: ofPartner?.id } });
    expect(await found(ofStorefront?.number ?? '')).toEqual({ orderByNumber: null });
    expect(await found('00-999999')).toEqual({ orderByNumber: null });
    const absent = await cancel('partner', none);
    expect(await cancel('partner', ofStorefront?.id ?? '')).toEqual(absent);
    const pay = (orderId: string) =>
      partner.mutate('recordPayment', { orderId, outcome: 'FAILED', reference: 'r' });
    expect(await pay(ofAgent?.id ?? '')).toEqual(await pay(none));
  });

  it.each(['agent', 'operator'] as const)('%s sees all', async (role) => {
    for (const order of [ofStorefront, ofAgent, ofPartner]) {
      expect((await system[role].order(order?.id ?? ''))?.id).toBe(order?.id);
    }
  });

  it('are not watched either, and NOT_FOUND is all that is told', async () => {
    const heardBy = async (by: Client, orderId: string) => {
      const failure = by.watch(orderChanged, { orderId }).next(() => true);
      return failure.then(() => 'a message').catch((cause: unknown) => String(cause));
    };
    const foreign = await heardBy(system.partner, ofStorefront?.id ?? '');
    expect(foreign).toContain('NOT_FOUND');
    expect(await heardBy(system.partner, none)).toContain('NOT_FOUND');
    expect(await heardBy(system.partner, ofPartner?.id ?? '')).toBe('a message');
  });
});

it('a hold is whose its id is', async () => {
  expect((await system.anonymous.reservation(hold))?.status).toBe('ACTIVE');
  expect(await system.anonymous.reservation(`res_${'0'.repeat(36)}`)).toBeNull();
});

it('what a role may not do leaves no trace', async () => {
  const before = await system.operator.ask(positionsQuery, { sku: 'LAMP' });
  const receipt = { idempotencyKey: 'k', sku: 'LAMP', locationCode: 'BER', quantity: 1 };
  const query = mutationOf('receiveStock');
  expect(await codeOf('agent', query, { input: receipt })).toBe('FORBIDDEN');
  expect(await codeOf('storefront', query, { input: receipt })).toBe('FORBIDDEN');
  expect(await system.operator.ask(positionsQuery, { sku: 'LAMP' })).toEqual(before);
});
