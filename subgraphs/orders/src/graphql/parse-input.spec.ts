import { requestedUnitsMax } from '@holdfast/schema/quantities';
import { describe, expect, it } from 'vitest';
import {
  type Parsed,
  parseCancelOrder,
  parsePlaceOrder,
  parseRecordPayment,
} from './parse-input.ts';

const long = (length: number) => 'x'.repeat(length);
const eur = (amount: number) => ({ amount, currency: 'EUR' });
const line = (more: object = {}) => ({ sku: 'TEE', quantity: 1, ...more });
const placeOrder = (more: object = {}) => ({
  ...{ idempotencyKey: 'k', customer: { email: 'ada@example.org' }, lines: [line()], ...more },
});
const shipTo = (more: object) => ({
  shipTo: { street: 'S', city: 'C', postalCode: 'P', country: 'GB', ...more },
});
const order = `ord_${'0'.repeat(36)}`;
const cancelOrder = (more: object = {}) => ({
  ...{ idempotencyKey: 'k', orderId: order, reason: 'no', ...more },
});
const payment = (more: object = {}) => ({
  ...{ idempotencyKey: 'k', orderId: order, outcome: 'FAILED', reference: 'r', ...more },
});

const pathOf = (parsed: Parsed<unknown>) => {
  if (parsed.type === 'parsed') return undefined;
  const { refusal } = parsed;
  return refusal.type === 'InvalidInput' ? refusal.path.join('.') : refusal.type;
};

describe('placing takes', () => {
  it.each([
    ['the least', {}],
    ['nulls as left out', { channel: null, reservationId: null, shipTo: null, payment: null }],
    ['a key of 128 characters', { idempotencyKey: long(128) }],
    ['a SKU of 64 characters', { lines: [line({ sku: long(64) })] }],
    ['the largest quantity', { lines: [line({ quantity: requestedUnitsMax })] }],
    ['100 lines', { lines: Array.from({ length: 100 }, () => line()) }],
    ['an e-mail of 254 characters', { customer: { email: `${long(252)}@x` } }],
    ['fields of 200 characters', shipTo({ street: long(200), name: long(200) })],
    ['a price of nothing', { lines: [line({ unitPrice: eur(0) })] }],
    ['a total below 2^53', { lines: [line({ unitPrice: eur(2 ** 53 - 1) })] }],
  ])('%s', (_, more) => expect(pathOf(parsePlaceOrder(placeOrder(more)))).toBeUndefined());
});

describe('placing refuses', () => {
  const lines = (...more: readonly object[]) => ({ lines: more.map(line) });
  it.each([
    ['a key of 129 characters', { idempotencyKey: long(129) }, 'idempotencyKey'],
    ['an empty key', { idempotencyKey: '' }, 'idempotencyKey'],
    ['a channel of 65 characters', { channel: long(65) }, 'channel'],
    ['neither lines nor a reservation', { lines: null }, 'lines'],
    ['no line', { lines: [] }, 'lines'],
    ['101 lines', { lines: Array.from({ length: 101 }, () => line()) }, 'lines'],
    ['a SKU of 65 characters', lines({ sku: long(65) }), 'lines.0.sku'],
    ['a SKU with a blank at its end', lines({}, { sku: 'TEE ' }), 'lines.1.sku'],
    ['a SKU with a control character', lines({ sku: 'T\nE' }), 'lines.0.sku'],
    ['a quantity of 0', lines({ quantity: 0 }), 'lines.0.quantity'],
    ['a quantity below 0', lines({ quantity: -1 }), 'lines.0.quantity'],
    ['a quantity too large', lines({ quantity: requestedUnitsMax + 1 }), 'lines.0.quantity'],
    [
      'more than 2^31 - 1 of one SKU',
      lines(...Array.from({ length: 3 }, () => ({ quantity: requestedUnitsMax }))),
      'lines.2.quantity',
    ],
    ['a price below 0', lines({ unitPrice: eur(-1) }), 'lines.0.unitPrice.amount'],
    [
      'a price in no currency',
      lines({ unitPrice: { amount: 1, currency: 'euro' } }),
      'lines.0.unitPrice.currency',
    ],
    [
      'prices in two currencies',
      lines({ unitPrice: eur(1) }, {}, { unitPrice: { amount: 1, currency: 'USD' } }),
      'lines.2.unitPrice.currency',
    ],
    [
      'a total of 2^53',
      lines({ unitPrice: eur(2 ** 53 - 1) }, { unitPrice: eur(1) }),
      'lines.1.unitPrice',
    ],
    ['an e-mail without @', { customer: { email: 'ada' } }, 'customer.email'],
    ['an e-mail with @ at its end', { customer: { email: 'ada@' } }, 'customer.email'],
    ['an e-mail with two @', { customer: { email: 'a@b@c' } }, 'customer.email'],
    ['an e-mail of 255 characters', { customer: { email: `${long(253)}@x` } }, 'customer.email'],
    ['a name of 201 characters', { customer: { email: 'a@b', name: long(201) } }, 'customer.name'],
    ['an empty phone', { customer: { email: 'a@b', phone: '' } }, 'customer.phone'],
    ['a street of 201 characters', shipTo({ street: long(201) }), 'shipTo.street'],
    [
      'a payment below the total',
      { ...lines({ unitPrice: eur(2) }), payment: { reference: 'r', amount: eur(1) } },
      'payment.amount',
    ],
    [
      'a payment without a reference',
      { payment: { reference: '', amount: eur(1) } },
      'payment.reference',
    ],
  ])('%s', (_, more, path) => expect(pathOf(parsePlaceOrder(placeOrder(more)))).toBe(path));
});

it('a reservation that cannot be one is unknown, not malformed', () => {
  const parsed = parsePlaceOrder(placeOrder({ lines: null, reservationId: 'nonsense' }));
  expect(parsed).toMatchObject({ type: 'parsed', wish: { reservation: 'malformed' } });
});

it('lines of one SKU and price become one, in the order of the request', () => {
  const lines = [
    ...[line({ unitPrice: eur(3) }), line({ sku: 'MUG' }), line({ unitPrice: eur(4) })],
    line({ unitPrice: eur(3), quantity: 5 }),
  ];
  expect(parsePlaceOrder(placeOrder({ lines }))).toMatchObject({
    wish: {
      total: eur(22),
      lines: [
        { sku: 'TEE', units: 6, unitPrice: eur(3), position: 0 },
        { sku: 'MUG', units: 1, unitPrice: undefined, position: 1 },
        { sku: 'TEE', units: 1, unitPrice: eur(4), position: 2 },
      ],
    },
  });
});

describe('cancelling', () => {
  const named = { lineId: `lin_${'0'.repeat(36)}_1`, quantity: 1, restock: false };

  it.each([
    ['a reason of 500 characters', { reason: long(500) }, undefined],
    ['a reason of 501 characters', { reason: long(501) }, 'reason'],
    ['an empty reason', { reason: '' }, 'reason'],
    ['no line', { lines: [] }, 'lines'],
    ['a quantity of 0', { lines: [{ ...named, quantity: 0 }] }, 'lines.0.quantity'],
    [
      'two decisions about a line',
      { lines: [named, { ...named, restock: true }] },
      'lines.1.restock',
    ],
  ])('%s', (_, more, path) =>
    expect(pathOf(parseCancelOrder(cancelOrder(more), false))).toBe(path),
  );

  it('restocks unless told otherwise', () => {
    const restock = (more: object, always: boolean) => {
      const parsed = parseCancelOrder(cancelOrder(more), always);
      return parsed.type === 'parsed' && [parsed.wish.restock, parsed.wish.lines?.[0]?.restock];
    };
    expect(restock({}, false)).toEqual([true, undefined]);
    expect(restock({ restock: false, lines: [named] }, false)).toEqual([false, false]);
    expect(restock({ restock: false, lines: [named] }, true)).toEqual([true, true]);
  });

  it('of an order or a line that cannot be one names nothing', () => {
    const input = cancelOrder({ orderId: 'x', lines: [{ ...named, lineId: 'x' }] });
    expect(parseCancelOrder(input, false)).toMatchObject({
      wish: { order: null, lines: [{ line: undefined, position: 0 }] },
    });
  });
});

describe('recording a payment', () => {
  it.each([
    ['a reference of 200 characters', { reference: long(200) }, undefined],
    ['a reference of 201 characters', { reference: long(201) }, 'reference'],
    ['an amount below 0', { amount: eur(-1) }, 'amount.amount'],
    ['no amount', { amount: null }, undefined],
  ])('%s', (_, more, path) => expect(pathOf(parseRecordPayment(payment(more)))).toBe(path));
});
