/** How an order's facts are called in public, and what its history says of them. No personal data. */
import { unreachable } from '@holdfast/chassis/decider';
import type { OrderEvent, OrderRejected } from './events.ts';

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
    case 'OrderPlaced': {
      const units = counted(
        sum(event.lines, (line) => line.units),
        'unit',
      );
      return {
        type: 'order.placed',
        summary: `Placed as ${event.number}: ${units} in ${counted(event.lines.length, 'line')}`,
      };
    }
    case 'OrderAllocationRequested':
      return { type: 'order.allocation.requested', summary: 'Stock asked for' };
    case 'OrderAllocated': {
      const allocated = counted(
        sum(event.lines, (line) => line.allocatedUnits),
        'unit',
      );
      const backordered = sum(event.lines, (line) => line.backorderedUnits);
      return backordered === 0
        ? { type: 'order.allocated', summary: `${allocated} allocated` }
        : {
            type: 'order.backordered',
            summary: `${allocated} allocated, ${backordered} waiting for stock`,
          };
    }
    case 'OrderBackorderFilled': {
      const units = counted(
        sum(event.lines, (line) => line.units),
        'unit',
      );
      return { type: 'order.allocated', summary: `${units} that waited for stock allocated` };
    }
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
      return { type: 'order.updated', summary: `${cancelled(event)} cancelled: ${event.reason}` };
    case 'OrderCancelled':
      return { type: 'order.cancelled', summary: `Cancelled: ${event.reason}` };
    case 'OrderAllocationReleaseRequested':
      return {
        type: 'order.allocation.release.requested',
        summary: `${counted(
          sum(event.lines, (line) => line.units),
          'unit',
        )} given up`,
      };
    default:
      return unreachable(event);
  }
}

const cancelled = ({ lines }: OrderEvent & { readonly type: 'OrderUnitsCancelled' }): string =>
  counted(
    sum(lines, (line) => line.pendingUnits + line.backorderedUnits + line.allocatedUnits),
    'unit',
  );
