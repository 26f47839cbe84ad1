import {
  homePlace,
  orderId,
  parseSku,
  placeOf,
  placeOfKey,
  reservationId,
  type Sku,
} from '@holdfast/schema/identifiers';
import { expect, it } from 'vitest';
import { placeOfCall } from './place-of-call.ts';

const uuid = '00000000-0000-7000-8000-000000000001';
const hold = reservationId(uuid, 'abcd');
const order = orderId(uuid, '1234');
const skus = ['TEE', 'MUG'].map((text) => parseSku(text) as Sku);
const key = 'a key';

it.each([
  ['inventory', { input: { idempotencyKey: key, sku: 'TEE', quantity: 1 } }, placeOf('TEE')],
  ['inventory', { input: { lines: skus.map((sku) => ({ sku, quantity: 1 })) } }, homePlace(skus)],
  ['inventory', { input: { idempotencyKey: key, reservationId: hold } }, 'abcd'],
  ['inventory', { id: hold }, 'abcd'],
  ['orders', { input: { idempotencyKey: key, orderId: order } }, '1234'],
  ['orders', { input: { idempotencyKey: key, lines: [{ sku: 'TEE' }] } }, placeOfKey('me', key)],
  ['orders', { id: order }, '1234'],
])('%s, %j: where its lane is', (subgraph, variables, place) => {
  expect(placeOfCall(subgraph, variables, 'me')).toBe(place);
});

it.each([
  ['inventory', undefined],
  ['inventory', { sku: 'TEE' }],
  ['inventory', { skus: ['TEE', 'MUG'] }],
  ['inventory', { input: { idempotencyKey: key, code: 'BER' } }],
  ['inventory', { input: { sku: 7, lines: [null, 'TEE', { sku: {} }] } }],
  ['inventory', { input: { reservationId: 'res_1' } }],
  ['inventory', { input: null }],
  ['orders', { number: '2026-1' }],
  ['fulfillment', { input: { sku: 'TEE' } }],
])('%s, %j: any process is as good', (subgraph, variables) => {
  expect(placeOfCall(subgraph, variables, 'me')).toBeUndefined();
});
