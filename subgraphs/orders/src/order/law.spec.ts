import { BrokenLaw } from '@holdfast/chassis/decider';
import { expect, it } from 'vitest';
import type { OrderEvent } from './events.ts';
import {
  allocated,
  authorized,
  confirmed,
  orderAfter,
  placed,
  placedUnpaid,
  requested,
  t0,
} from './given.ts';
import { checkOrderLaw } from './law.ts';
import type { PlacedOrder } from './order.ts';

const after = (...events: readonly OrderEvent[]): PlacedOrder => {
  const order = orderAfter({ at: t0, events });
  if (order.stage === 'absent') throw new Error('not placed');
  return order;
};
const pending = () => after(placedUnpaid(), requested());
const waiting = () => after(placed(), requested(), allocated(2));
const awaiting = () => after(placedUnpaid(), requested(), allocated(0, 0, t0));
const ended = () => after(placed(), requested(), allocated(), confirmed);
const first = (order: PlacedOrder) => order.lines[0]!;

it.each<[string, () => PlacedOrder, (order: PlacedOrder) => void]>([
  ['a unit is lost', pending, (order) => (first(order).pendingUnits -= 1)],
  ['a unit is made', ended, (order) => (first(order).allocatedUnits += 1)],
  [
    'fewer than none are there',
    waiting,
    (order) => Object.assign(first(order), { backorderedUnits: -1, allocatedUnits: 4 }),
  ],
  [
    'a decided order has undecided units',
    ended,
    (order) => Object.assign(first(order), { pendingUnits: 1, allocatedUnits: 2 }),
  ],
  [
    'an undecided order has stock',
    pending,
    (order) => Object.assign(first(order), { pendingUnits: 2, allocatedUnits: 1 }),
  ],
  ['an order is cancelled with units left', ended, cancelIt],
  [
    'an order without units is not cancelled',
    ended,
    ({ lines }) => {
      for (const line of lines) {
        Object.assign(line, { allocatedUnits: 0, cancelledUnits: line.orderedUnits });
      }
    },
  ],
  ['an order is confirmed with units that wait', waiting, confirm],
  ['an order is confirmed unpaid', awaiting, confirm],
  [
    'an order waits without a deadline',
    awaiting,
    (order) => Object.assign(order.progress, { paymentDueAt: undefined }),
  ],
  [
    'an order that could be confirmed waits',
    awaiting,
    (order) => {
      order.authorized = { reference: 'pay-1', amount: undefined };
    },
  ],
])('is broken when %s', (_, given, harm) => {
  const order = given();
  checkOrderLaw(order);
  harm(order);
  expect(() => checkOrderLaw(order)).toThrow(BrokenLaw);
});

function confirm(order: PlacedOrder) {
  order.progress = { status: 'confirmed' };
}

function cancelIt(order: PlacedOrder) {
  order.progress = { status: 'cancelled' };
}

it('holds for an order that is not there, and along a life', () => {
  checkOrderLaw({ stage: 'absent' });
  after(placedUnpaid(), requested(), authorized(), allocated(), confirmed);
});
