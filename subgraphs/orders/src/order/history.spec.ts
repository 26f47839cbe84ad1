import { expect, it } from 'vitest';
import type { OrderEvent } from './events.ts';
import {
  allocated,
  authorized,
  cancelledLine,
  confirmed,
  line1,
  line2,
  placed,
  releaseRequested,
  requested,
} from './given.ts';
import { describe } from './history.ts';

const rejected = (reason: 'InsufficientStock' | 'Unanswered'): OrderEvent => ({
  ...{ type: 'OrderRejected', reason, shortfalls: [] },
});
const lines = [cancelledLine(line1, { allocatedUnits: 1, backorderedUnits: 1 })];

it.each<[OrderEvent, string, string]>([
  [placed(), 'order.placed', 'Placed as 00-000001: 5 units in 2 lines'],
  [requested(), 'order.allocation.requested', 'Stock asked for'],
  [allocated(), 'order.allocated', '5 units allocated'],
  [allocated(2, 1), 'order.backordered', '2 units allocated, 3 waiting for stock'],
  [
    { type: 'OrderBackorderFilled', fact: undefined, lines: [{ line: line2, units: 1 }] },
    'order.allocated',
    '1 unit that waited for stock allocated',
  ],
  [
    { type: 'OrderBackorderOverdue' },
    'order.backorder.overdue',
    'Units have waited for stock too long',
  ],
  [authorized(), 'order.payment.authorized', 'Payment authorized'],
  [
    { type: 'OrderPaymentFailed', reference: 'pay-1', paymentDueAt: undefined },
    'order.payment.failed',
    'Payment failed',
  ],
  [confirmed, 'order.confirmed', 'Confirmed'],
  [rejected('InsufficientStock'), 'order.rejected', 'Refused: not enough stock'],
  [rejected('Unanswered'), 'order.rejected', 'Refused: its stock could not be decided in time'],
  [
    { type: 'OrderUnitsCancelled', reason: 'less', lines },
    'order.updated',
    '2 units cancelled: less',
  ],
  [
    { type: 'OrderCancelled', cause: 'Asked', reason: 'no', lines },
    'order.cancelled',
    'Cancelled: no',
  ],
  [releaseRequested(false, [[1, 1]]), 'order.allocation.release.requested', '1 unit given up'],
])('%o is told as %s: %s', (event, type, summary) =>
  expect(describe(event)).toEqual({ type, summary }),
);
