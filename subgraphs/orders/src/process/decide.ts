/** The order process: inventory's facts and the passing of time in, the order's next facts out. */
import { type Decision, unreachable } from '@holdfast/chassis/decider';
import type { Instant, OrderEvent } from '../order/events.ts';
import type { Order } from '../order/order.ts';
import { type NoteFact, noteFact } from './allocation.ts';
import { type PassTime, passTime } from './deadlines.ts';

export type ProcessCommand = NoteFact | PassTime;

/**
 * Facts cannot be refused: what no longer fits is accepted and changes nothing. What comes too
 * early is heard again: the lanes of inventory are followed each at its own pace, so one may tell
 * of filled units before the claim's home lane has told of the allocation.
 */
export type ProcessDecision = Decision<OrderEvent, null, typeof allocationUnheard>;
export const allocationUnheard = { type: 'AllocationUnheard', notKept: true } as const;

export function decideProcess(command: ProcessCommand, order: Order, at: Instant): ProcessDecision {
  switch (command.type) {
    case 'NoteFact':
      return noteFact(command, order, at);
    case 'PassTime':
      return passTime(order, at);
    default:
      return unreachable(command);
  }
}
