/** What people ask of an order. What inventory and the clock ask is the order process. */
import { type Decision, unreachable } from '@holdfast/chassis/decider';
import { type CancelOrder, cancel } from './cancel.ts';
import type { Instant, OrderEvent, OrderNumberTaken } from './events.ts';
import type { Numbers } from './number.ts';
import type { Order } from './order.ts';
import { type PlaceOrder, place } from './place.ts';
import { type RecordPayment, recordPayment } from './record-payment.ts';

export type OrderCommand = PlaceOrder | CancelOrder | RecordPayment;

/** What the caller is told; the order itself is read when answering. */
export type OrderAnswer = { readonly order: string };

/**
 * Listed in order of precedence: when several apply, the first is returned.
 * Those that are `notKept` leave the idempotency key unspent (INTERFACE "keys spent").
 */
export type OrderRejection =
  | { readonly type: 'NotFound'; readonly path: readonly string[]; readonly notKept: true }
  | {
      readonly type: 'InvalidInput';
      readonly message: string;
      readonly path: readonly string[];
      readonly notKept: true;
    }
  | { readonly type: 'NotAllowed'; readonly reason: string }
  | { readonly type: 'VersionConflict'; readonly currentVersion: number };

export type OrderDecision = Decision<OrderEvent | OrderNumberTaken, OrderAnswer, OrderRejection>;

/** @param numbers the lane's counter; only placing looks at it */
export function decide(
  command: OrderCommand,
  order: Order,
  numbers: () => Numbers,
  at: Instant,
): OrderDecision {
  switch (command.type) {
    case 'PlaceOrder':
      return place(command, numbers());
    case 'CancelOrder':
      return cancel(command, order);
    case 'RecordPayment':
      return recordPayment(command, order, at);
    default:
      return unreachable(command);
  }
}
