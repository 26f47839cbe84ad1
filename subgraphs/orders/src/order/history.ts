/**
 * How an order's facts are called in public, and what its history says of them. No personal data.
 */
import { unreachable } from '@holdfast/chassis/decider';
import type {
  OrderAllocated,
  OrderEvent,
  OrderPlaced,
  OrderRejected,
  OrderUnitsCancelled,
} from './events.ts';

export type PublicEventName =
  | 'order.placed'
  | 'order.allocation.requested'
  | 'order.allocated'
  | 'order.backordered'
  | 'order.backorder.overdue'
  | 'order.payment.authorized'
  | 'order.payment.failed'
  | 'order.confirmed'
  | 'order.rejected'
  | 'order.updated'
  | 'order.cancelled'
  | 'order.allocation.release.requested';

export type Description = { readonly type: PublicEventName; readonly summary: string };

const counted = (count: number, one: string): string => `${count} ${one}${count === 1 ? '' : 's'}`;

const sum = <Part>(parts: readonly Part[], of: (part: Part) => number): number =>
  parts.reduce((total, part) => total + of(part), 0);

const refusals: Readonly<Record<OrderRejected['reason'], string>> = {
  InsufficientStock: 'Refused: not enough stock',
  ReservationGone: 'Refused: its reservation was released or taken by another order',
  Cancelled: 'Refused: its stock had been given back before',
  Unanswered: 'Refused: its stock could not be decided in time',
};

/** The public name of a fact, and one sentence about it for a person who may see the order. */
export function describe(event: OrderEvent): Description {
  switch (event.type) {
    case 'OrderPlaced':
      return { type: 'order.placed', summary: placedSummary(event) };
    case 'OrderAllocationRequested':
      return { type: 'order.allocation.requested', summary: 'Stock asked for' };
    case 'OrderAllocated':
      return describeAllocation(event);
    case 'OrderBackorderFilled':
      return {
        type: 'order.allocated',
        summary: `${unitsOf(event.lines)} that waited for stock allocated`,
      };
    case 'OrderBackorderOverdue':
      return { type: 'order.backorder.overdue', summary: 'Units have waited for stock too long' };
    case 'OrderPaymentAuthorized':
      return { type: 'order.payment.authorized', summary: 'Payment authorized' };
    case 'OrderPaymentFailed':
      return { type: 'order.payment.failed', summary: 'Payment failed' };
    case 'OrderConfirmed':
      return { type: 'order.confirmed', summary: 'Confirmed' };
    case 'OrderRejected':
      return { type: 'order.rejected', summary: refusals[event.reason] };
    case 'OrderUnitsCancelled':
      return { type: 'order.updated', summary: cancelledSummary(event) };
    case 'OrderCancelled':
      return { type: 'order.cancelled', summary: `Cancelled: ${event.reason}` };
    case 'OrderAllocationReleaseRequested':
      return {
        type: 'order.allocation.release.requested',
        summary: `${unitsOf(event.lines)} given up`,
      };
    default:
      return unreachable(event);
  }
}

const unitsOf = (lines: readonly { readonly units: number }[]): string =>
  counted(
    sum(lines, ({ units }) => units),
    'unit',
  );

const placedSummary = ({ number, lines }: OrderPlaced): string =>
  `Placed as ${number}: ${unitsOf(lines)} in ${counted(lines.length, 'line')}`;

function describeAllocation({ lines }: OrderAllocated): Description {
  const allocated = counted(
    sum(lines, ({ allocatedUnits }) => allocatedUnits),
    'unit',
  );
  const waiting = sum(lines, ({ backorderedUnits }) => backorderedUnits);
  return waiting === 0
    ? { type: 'order.allocated', summary: `${allocated} allocated` }
    : {
        type: 'order.backordered',
        summary: `${allocated} allocated, ${waiting} waiting for stock`,
      };
}

function cancelledSummary({ lines, reason }: OrderUnitsCancelled): string {
  const units = lines.map(({ pendingUnits, backorderedUnits, allocatedUnits }) => ({
    units: pendingUnits + backorderedUnits + allocatedUnits,
  }));
  return `${unitsOf(units)} cancelled: ${reason}`;
}
