import { defaultChannel, homePlace, placeOfId } from '@holdfast/schema/identifiers';
import { units } from '@holdfast/schema/quantities';
import { expect, it } from 'vitest';
import type { OrderEvent, OrderNumberTaken, Payment } from './events.ts';
import { claim, eur, line1, line2, mug, order, tee } from './given.ts';
import { orderNumber } from './number.ts';
import { type PlaceOrder, place } from './place.ts';

const placeOrder = (more: Partial<PlaceOrder> = {}): PlaceOrder => ({
  ...{ type: 'PlaceOrder', order, lane: 0, channel: defaultChannel, reservation: undefined },
  ...{ owner: { role: 'partner', id: 'p1' }, personal: 'sealed', payment: undefined },
  lines: [
    { sku: tee, units: units(1), unitPrice: eur(1_000) },
    { sku: tee, units: units(2), unitPrice: eur(900) },
  ],
  ...{ total: eur(2_800), ...more },
});
const payment: Payment = { reference: 'pay-1', amount: eur(2_800) };

const decided = (command: PlaceOrder, taken = 422) => {
  const decision = place(command, { taken });
  if (decision.type !== 'accepted') throw new Error('placing is never refused');
  return decision;
};
const typesOf = (command: PlaceOrder) => decided(command).changes[0]?.events.map((e) => e.type);
const placedOf = (command: PlaceOrder) => {
  const isPlaced = (event: OrderEvent | OrderNumberTaken) => event.type === 'OrderPlaced';
  return decided(command).changes[0]?.events.find(isPlaced);
};

it('places, asks for stock and takes its number in one commit', () => {
  expect(decided(placeOrder())).toEqual({
    type: 'accepted',
    answer: { order },
    changes: [
      {
        ...{ stream: `order/${order}`, begins: true },
        events: [
          {
            ...{ type: 'OrderPlaced', order, number: '00-000423', channel: defaultChannel, claim },
            ...{ owner: { role: 'partner', id: 'p1' }, reservation: undefined },
            lines: [
              { line: line1, sku: tee, units: 1, unitPrice: eur(1_000) },
              { line: line2, sku: tee, units: 2, unitPrice: eur(900) },
            ],
            ...{ total: eur(2_800), needsPayment: true, payment: undefined, personal: 'sealed' },
          },
          {
            ...{ type: 'OrderAllocationRequested', order, claim, channel: defaultChannel },
            ...{ reservation: undefined, lines: [{ sku: tee, units: 3 }] },
          },
        ],
      },
      { stream: 'numbers/0', events: [{ type: 'OrderNumberTaken', count: 423 }] },
    ],
  });
});

it('asks for a claim in the home lane of its SKUs', () => {
  const [teePlace, mugPlace] = [homePlace([tee]), homePlace([mug])];
  const both = placeOrder({
    lines: [tee, mug].map((sku) => ({ sku, units: units(1), unitPrice: undefined })),
  });
  const placedBoth = placedOf(both);
  if (placedBoth?.type !== 'OrderPlaced') throw new Error('not placed');
  expect(placeOfId(placedBoth.claim)).toBe(teePlace < mugPlace ? teePlace : mugPlace);
});

it.each([
  ['partner', undefined, payment, true],
  ['agent', undefined, payment, true],
  ['operator', undefined, payment, true],
  ['storefront', undefined, payment, false],
  ['partner', undefined, undefined, false],
] as const)('believes a payment named by a %s, %o %o: %o', (role, _, named, believed) => {
  const types = typesOf(placeOrder({ owner: { role, id: 'x' }, payment: named }));
  expect(types?.includes('OrderPaymentAuthorized')).toBe(believed);
});

it.each([
  ['partner', eur(1), true],
  ['partner', eur(0), false],
  ['partner', undefined, false],
  ['storefront', eur(1), true],
  ['storefront', eur(0), true],
  ['storefront', undefined, true],
] as const)('makes an order of a %s over %o wait for payment: %o', (role, total, needsPayment) => {
  const command = placeOrder({ owner: { role, id: 'x' }, total });
  expect(placedOf(command)).toMatchObject({ needsPayment });
});

it('numbers beyond six digits with more of them', () => {
  expect(orderNumber(17, 423)).toBe('17-000423');
  expect(orderNumber(3, 1_000_000)).toBe('03-1000000');
});
