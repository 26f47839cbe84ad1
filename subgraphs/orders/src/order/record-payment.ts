/** What a payment provider says, told by those who are believed. */
import { accept, reject } from '@holdfast/chassis/decider';
import type { OrderId } from '@holdfast/schema/identifiers';
import type { Money } from '@holdfast/schema/money';
import type { OrderDecision, OrderRejection } from './decide.ts';
import type { Instant, OrderEvent, Owner } from './events.ts';
import { backorderedUnits, type Order, type PlacedOrder } from './order.ts';
import { mayChange, notFound } from './owner.ts';

export type RecordPayment = {
  readonly type: 'RecordPayment';
  readonly order: OrderId;
  readonly caller: Owner;
  readonly outcome: 'AUTHORIZED' | 'FAILED';
  readonly reference: string;
  /** Undefined: the order's total. */
  readonly amount: Money | undefined;
};

export function recordPayment(command: RecordPayment, order: Order, at: Instant): OrderDecision {
  if (order.stage === 'absent' || !mayChange(command.caller, order.owner)) {
    return reject(notFound('orderId'));
  }
  const { outcome, reference, amount } = command;
  if (outcome === 'AUTHORIZED' && amount) {
    const message = amountRefusal(amount, order.total);
    if (message) return reject({ type: 'InvalidInput', message, path: ['amount'], notKept: true });
  }
  // Before the order's life is looked at: providers tell of one payment more than once.
  if (outcome === 'AUTHORIZED' && order.authorized?.reference === reference) {
    return accept([], { order: order.id });
  }
  const reason = refusalReason(order);
  if (reason) return reject<OrderRejection>({ type: 'NotAllowed', reason });
  const events = outcome === 'AUTHORIZED' ? authorize(command, order) : fail(command, order, at);
  return accept([{ stream: `order/${order.id}`, events }], { order: order.id });
}

/** Why this amount does not pay this total, or undefined when it does. */
export function amountRefusal(amount: Money, total: Money | undefined): string | undefined {
  if (!total) return undefined;
  if (amount.currency !== total.currency) return `The order is in ${total.currency}.`;
  if (amount.amount < total.amount) return `Below the order's total, ${total.amount}.`;
  return undefined;
}

function refusalReason(order: PlacedOrder): string | undefined {
  if (order.authorized) return 'The order is paid already, by another payment.';
  switch (order.progress.status) {
    case 'confirmed':
      return 'The order is confirmed and needs no payment.';
    case 'cancelled':
      return 'The order is cancelled.';
    case 'rejected':
      return 'The order was refused for stock.';
    case 'pending':
    case 'taken':
      return undefined;
  }
}

function authorize({ reference, amount }: RecordPayment, order: PlacedOrder): OrderEvent[] {
  const payment = { reference, amount: amount ?? order.total };
  const events: OrderEvent[] = [{ type: 'OrderPaymentAuthorized', payment }];
  if (order.progress.status === 'taken' && backorderedUnits(order) === 0) {
    events.push({ type: 'OrderConfirmed' });
  }
  return events;
}

/** The class's grace starts again, but a failure never shortens what was promised. */
function fail({ reference }: RecordPayment, order: PlacedOrder, at: Instant): OrderEvent[] {
  const { progress } = order;
  if (progress.status !== 'taken' || progress.paymentDueAt === undefined) {
    return [{ type: 'OrderPaymentFailed', reference, paymentDueAt: undefined }];
  }
  const again = at + progress.paymentGraceSeconds * 1_000;
  const paymentDueAt = Math.max(progress.paymentDueAt, again);
  return [{ type: 'OrderPaymentFailed', reference, paymentDueAt }];
}
