/** Bugs of the order process, on both sides of it. */
import { type Mutant, plant } from './plant.ts';

export const ordering: readonly Mutant[] = [
  plant(
    'a repeated event is a new command',
    'inventory/src/policies/serve-orders',
    'key: id, input: event.type, cause: id',
    'cause: id',
  ),
  plant(
    'units cancelled while pending are not given back',
    'orders/src/process/allocation',
    'if (order.owedBack.length > 0)',
    'if (order.owedBack.length < 0)',
  ),
  plant(
    'an order is confirmed before it has its units',
    'orders/src/order/record-payment',
    "if (order.progress.status === 'taken' && backorderedUnits(order) === 0) {",
    'if (backorderedUnits(order) === 0) {',
  ),
  plant(
    'the grace of a payment is not watched',
    'orders/src/order/order',
    'return isPaid(order) ? progress.noticeDueAt : progress.paymentDueAt;',
    'return progress.noticeDueAt;',
  ),
  plant(
    'a cancelled order keeps its stock',
    'orders/src/order/cancel',
    'releaseAll(order, releaseLines(order, lines)),',
    '',
  ),
  plant(
    'an order gives up instead of asking again',
    'orders/src/process/deadlines',
    'progress.requests > allocationRepeatsMax ? giveUp(order) : askAgain(order)',
    'giveUp(order)',
  ),
  plant(
    "the key of an order's personal data is thrown away",
    'orders/src/place-order',
    'if (made !== undefined && made !== used)',
    'if (made !== undefined)',
  ),
];
