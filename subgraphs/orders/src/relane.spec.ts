import type { RecordedCommand } from '@holdfast/chassis/stored/relane';
import { laneOfPlace, orderId, placeOfKey } from '@holdfast/schema/identifiers';
import { expect, it } from 'vitest';
import { placed } from './order/given.ts';
import { placeOrders } from './relane.ts';

const laneCount = 16;
const place = placeOfKey('partner:p1', 'key-1');
const lane = laneOfPlace(place, laneCount);
const order = orderId('00000000-0000-7000-8000-000000000001', place);
const record = { by: 'partner:p1', actor: 'partner', key: 'key-1', input: 'hash' };

const asked = (type: string, more: Partial<RecordedCommand>): RecordedCommand => ({
  ...{ record: { type, ...record }, outcome: undefined, stream: `order/${order}`, at: 0 },
  ...{ facts: [], ...more },
});

it('is a lane that is not the first', () => expect(lane).toBeGreaterThan(0));

it('an order goes to the lane of its id, and its number stays counted by the lane it names', () => {
  const facts = [
    { stream: `order/${order}`, event: placed(), id: 'orders:0:7:0' },
    { stream: 'numbers/0', event: { type: 'OrderNumberTaken', count: 9 }, id: 'orders:0:7:1' },
  ];
  const outcome = { accepted: { order } };
  expect(placeOrders(asked('PlaceOrder', { outcome, facts }), laneCount)).toEqual({
    home: lane,
    facts: [
      { ...facts[0], lane },
      { ...facts[1], lane: 0 },
    ],
  });
});

it('a refusal to place an order is found where a retry asks, by caller and key', () => {
  const outcome = { rejected: { type: 'IdempotencyKeyReused' } };
  const refused = asked('PlaceOrder', { stream: 'numbers/0', outcome });
  expect(placeOrders(refused, laneCount).home).toBe(lane);
});

it('what is answered to a change of an order lies with the order', () => {
  const outcome = { rejected: { type: 'NotAllowed' } };
  expect(placeOrders(asked('CancelOrder', { outcome }), laneCount).home).toBe(lane);
});
