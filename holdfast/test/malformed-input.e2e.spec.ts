/**
 * Every field of every mutation with a value that it cannot have: the field is named, and nothing
 * has changed.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { freshKey } from './client.ts';
import { type MutationName, movementsQuery, mutationNames, mutationOf } from './documents.ts';
import { rightInput, withValue } from './sent-inputs.ts';
import { type System, startSystem } from './system.ts';

let system: System;
const inputs = new Map<MutationName, Readonly<Record<string, unknown>>>();
beforeAll(async () => {
  system = await startSystem();
  await system.stock('VASE', { BER: 100 });
  for (const name of mutationNames) inputs.set(name, await rightInput(system, name, 'VASE'));
});
afterAll(() => system.end());

const control = 'a\u0007b';
const code = ['', ' VASE', 'VASE ', control, 'x'.repeat(65), '\ud800'];
const text = (lengthMax: number) => ['', ' x', 'x ', control, 'x'.repeat(lengthMax + 1)];
const [name, reason] = [text(200), text(500)];
const key = ['', ' k', control, 'k'.repeat(129)];
const notInt = [1.5, '5', 2 ** 31, null, true];
const quantity = [0, -1, 1_000_000_001, ...notInt];
const orZero = [-1, 1_000_000_001, 1.5];
const monthSeconds = 30 * 24 * 3_600;
const length = [0, -1, monthSeconds + 1, 1.5];
const ttl = [0, -1, 1.5];
const condition = ['SELLABLE?', 1, ''];
const amount = [-1, 1.5, 2 ** 53, '100', null];
const currency = ['', 'eur', 'EURO', 1];
const line = { sku: 'VASE', quantity: 1 };
const lines = [[], Array.from({ length: 101 }, () => line), [null], 'VASE'];
const here = { sku: code, locationCode: code, condition };

type Wrong = Readonly<Record<string, readonly unknown[]>>;

/** By mutation and path, what cannot be there. */
const wrong: Readonly<Record<MutationName, Wrong>> = {
  reserveStock: {
    ...{ channel: code, lines, 'lines.0.sku': code, 'lines.0.quantity': quantity },
    ...{ 'lines.0.locationCode': code, ttlSeconds: ttl },
    buyer: ['x'.repeat(15), 'x'.repeat(129), `${'x'.repeat(16)} `, `${'x'.repeat(16)}\u0000`],
  },
  extendReservation: { ttlSeconds: [...ttl, null] },
  releaseReservation: { reservationId: [null, 1.5] },
  receiveStock: { ...here, quantity, reference: name },
  adjustStock: { ...here, delta: [0, 1_000_000_001, -1_000_000_001, ...notInt], reason },
  countStock: {
    ...{ ...here, quantity: [...orZero, null], compareQuantity: [1.5], reason },
    includesUpTo: ['yesterday', '2026-02-30T00:00:00Z', '2026-01-01', '9999-01-01T00:00:00Z'],
  },
  moveStock: {
    ...{ sku: code, locationCode: code, quantity, reason },
    ...{ from: [...condition, null], to: ['SELLABLE', ...condition] },
  },
  putProductClass: {
    ...{ code, mode: ['MAYBE', null], backorder: ['SOME'], safetyStock: orZero },
    ...{ holdSeconds: [...length, 121], holdSecondsMax: length, lowStockAt: orZero },
    paymentGraceSeconds: [-1, monthSeconds + 1, 1.5],
  },
  putItem: {
    ...{ sku: code, name, productClass: code },
    components: [[{ sku: '', quantity: 1 }]],
  },
  putLocation: { code, name, timeZone: ['', 'Mars/Olympus'] },
  putChannel: { code, name, locationCodes: [['BER', 'BER'], [''], [null]] },
  placeOrder: {
    ...{ channel: code, lines, 'lines.0.sku': code, 'lines.0.quantity': quantity },
    ...{ 'lines.0.unitPrice.amount': amount, 'lines.0.unitPrice.currency': currency },
    'customer.email': ['', 'ada', '@example.org', 'ada@', 'a@b@c', `${'a'.repeat(254)}@b`],
    ...{ 'customer.name': name, 'customer.phone': name, 'shipTo.name': name },
    ...{ 'shipTo.street': name, 'shipTo.city': name, 'shipTo.postalCode': name },
    ...{ 'shipTo.country': name, 'payment.reference': name },
    ...{ 'payment.amount.amount': amount, 'payment.amount.currency': currency },
  },
  cancelOrder: {
    ...{ lines, 'lines.0.quantity': [3, ...quantity], 'lines.0.restock': [null, 'no'], reason },
    expectedVersion: [1.5],
  },
  recordPayment: {
    ...{ outcome: ['MAYBE', null], reference: name, 'amount.currency': currency },
    'amount.amount': amount,
  },
};

const shown = (value: unknown) => {
  const words = JSON.stringify(value) ?? 'nothing';
  return words.length > 30 ? `${words.slice(0, 30)}… (${words.length})` : words;
};
const everything = async () => ({
  positions: await system.operator.positions('VASE'),
  movements: (await system.operator.ask(movementsQuery, { sku: 'VASE' })).data,
  availability: (await system.operator.availability('VASE')).version,
});
const problemShape = z.looseObject({ __typename: z.string(), path: z.array(z.string()).nullish() });

/** The path of the field as the answer names it: in a typed refusal, or in an error of coercion. */
async function namedPath(mutation: MutationName, input: object): Promise<string | undefined> {
  const variables = { input: { idempotencyKey: freshKey(), ...input } };
  const { data, errors } = await system.operator.ask(mutationOf(mutation), variables);
  const [error] = errors ?? [];
  if (error) {
    const { code } = error.extensions;
    if (code !== 'BAD_USER_INPUT') return code;
    return /at "input\.([^"]+)"/.exec(error.message)?.[1]?.replaceAll(/\[(\d+)\]/g, '.$1');
  }
  const answer = problemShape.parse(data?.answer);
  return answer.__typename === 'InvalidInput' ? answer.path?.join('.') : answer.__typename;
}

describe.each(mutationNames)('%s', (mutation) => {
  const fields = Object.entries({ idempotencyKey: key, ...wrong[mutation] });

  it.each(fields)('%s', async (path, values) => {
    const right = inputs.get(mutation) ?? {};
    const before = await everything();
    const named: Record<string, string | undefined> = {};
    for (const value of values) {
      named[shown(value)] = await namedPath(mutation, withValue(right, path, value));
    }
    const elsewhere = Object.entries(named).filter(
      ([, field]) => field !== path && !field?.startsWith(`${path}.`),
    );
    expect(elsewhere).toEqual([]);
    expect(await everything()).toEqual(before);
  });
});

it('a position may have 2^31 - 1 units, and not one more', async () => {
  await system.stock('SAND', { BER: 1_000_000_000 });
  const most = { sku: 'SAND', locationCode: 'BER' };
  await system.operator.must('receiveStock', { ...most, quantity: 1_000_000_000 }, 'StockChanged');
  const rest = { ...most, quantity: 147_483_647 };
  const beyond = await system.operator.mutate('receiveStock', { ...rest, quantity: 147_483_648 });
  expect(beyond).toMatchObject({ __typename: 'InvalidInput', path: ['quantity'] });
  const found = { ...most, delta: 147_483_648, reason: 'found' };
  expect(await system.operator.mutate('adjustStock', found)).toMatchObject({
    ...{ __typename: 'InvalidInput', path: ['delta'] },
  });
  const filled = await system.operator.must('receiveStock', rest, 'StockChanged');
  expect(filled).toMatchObject({ position: { onHand: 2 ** 31 - 1 } });
});

// At last: what is right changes stock, some of it later, by way of orders.
it.each(mutationNames)('%s is right without the wrong value', async (mutation) => {
  const answer = await system.operator.mutate(mutation, inputs.get(mutation) ?? {});
  expect(answer).not.toHaveProperty('code');
});
