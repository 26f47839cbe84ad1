/**
 * A second, simpler opinion on orders: each order's facts folded, and what was wrong with any of
 * them.
 */
import type { CancelledUnits, OrderFact } from './order-facts.ts';
import type { Breach } from './stock-law.ts';

export type LineBook = {
  readonly sku: string;
  readonly ordered: number;
  pending: number;
  backordered: number;
  allocated: number;
};

export type OrderStatus = 'pending' | 'taken' | 'confirmed' | 'cancelled' | 'rejected';

export type OrderBook = {
  readonly order: string;
  readonly number: string;
  readonly claim: string;
  readonly personal: string;
  readonly needsPayment: boolean;
  readonly lines: Map<string, LineBook>;
  status: OrderStatus;
  paid: boolean;
  requests: number;
  paymentDueAt: number | undefined;
};

export function openOrder(fact: Extract<OrderFact, { type: 'OrderPlaced' }>): OrderBook {
  const { order, number, claim, needsPayment, personal } = fact;
  const lines = fact.lines.map(
    ({ line, sku, units }) =>
      [line, { sku, ordered: units, pending: units, backordered: 0, allocated: 0 }] as const,
  );
  return {
    ...{ order, number, claim, needsPayment, personal, lines: new Map(lines), status: 'pending' },
    ...{ paid: false, requests: 0, paymentDueAt: undefined },
  };
}

/** An order asks so often before it gives up (DESIGN 5: every wait ends). */
const requestsLeast = 4;

const total = (order: OrderBook, of: (line: LineBook) => number): number =>
  [...order.lines.values()].reduce((sum, line) => sum + of(line), 0);

const isPaid = ({ paid, needsPayment }: OrderBook): boolean => paid || !needsPayment;

/** Statuses in which a fact makes sense; all others are a breach. */
const allowed: Readonly<Record<Exclude<OrderFact['type'], 'OrderPlaced'>, readonly OrderStatus[]>> =
  {
    OrderAllocationRequested: ['pending'],
    OrderAllocated: ['pending'],
    OrderRejected: ['pending'],
    OrderBackorderFilled: ['taken'],
    OrderBackorderOverdue: ['taken'],
    OrderPaymentAuthorized: ['pending', 'taken'],
    OrderPaymentFailed: ['pending', 'taken'],
    OrderConfirmed: ['taken'],
    OrderUnitsCancelled: ['pending', 'taken', 'confirmed'],
    OrderCancelled: ['pending', 'taken', 'confirmed'],
    OrderAllocationReleaseRequested: ['taken', 'confirmed', 'cancelled', 'rejected'],
  };

export function noteOrder(
  order: OrderBook,
  fact: Exclude<OrderFact, { type: 'OrderPlaced' }>,
  at: number,
  breach: Breach,
) {
  if (!allowed[fact.type].includes(order.status)) {
    breach('I7', `${fact.type} of ${order.order} while it is ${order.status}`);
  }
  switch (fact.type) {
    case 'OrderAllocationRequested':
      order.requests += 1;
      return;
    case 'OrderAllocated':
      return noteAllocated(order, fact, breach);
    case 'OrderBackorderFilled':
      for (const { line, units } of fact.lines) {
        change(order, line, { backordered: -units, allocated: units }, breach);
      }
      return;
    case 'OrderPaymentAuthorized':
      order.paid = true;
      return;
    case 'OrderPaymentFailed':
      order.paymentDueAt = fact.paymentDueAt ?? order.paymentDueAt;
      return;
    case 'OrderConfirmed':
      return noteConfirmed(order, breach);
    case 'OrderRejected':
      order.status = 'rejected';
      if (fact.reason === 'Unanswered' && order.requests < requestsLeast) {
        breach('I7', `${order.order} gives up after ${order.requests} requests`);
      }
      return;
    case 'OrderUnitsCancelled':
      return cancel(order, fact.lines, breach);
    case 'OrderCancelled':
      return noteCancelled(order, fact, at, breach);
    case 'OrderAllocationReleaseRequested':
    case 'OrderBackorderOverdue':
      return;
  }
}

export const openUnits = ({ pending, backordered, allocated }: LineBook): number =>
  pending + backordered + allocated;

function noteConfirmed(order: OrderBook, breach: Breach): void {
  order.status = 'confirmed';
  if (!isPaid(order)) breach('I7', `${order.order} is confirmed and not paid`);
  if (total(order, (line) => line.allocated) === total(order, openUnits)) return;
  breach('I7', `${order.order} is confirmed without all of its units`);
}

function noteAllocated(
  order: OrderBook,
  fact: Extract<OrderFact, { type: 'OrderAllocated' }>,
  breach: Breach,
): void {
  for (const { line, allocatedUnits: allocated, backorderedUnits: backordered } of fact.lines) {
    change(order, line, { pending: -allocated - backordered, allocated, backordered }, breach);
  }
  if (total(order, (line) => line.pending) > 0) {
    breach('I7', `${order.order} is allocated, and units of it are still undecided`);
  }
  order.status = 'taken';
  order.paymentDueAt = fact.paymentDueAt;
}

function noteCancelled(
  order: OrderBook,
  fact: Extract<OrderFact, { type: 'OrderCancelled' }>,
  at: number,
  breach: Breach,
): void {
  const { paymentDueAt, status } = order;
  cancel(order, fact.lines, breach);
  order.status = 'cancelled';
  if (total(order, openUnits) > 0) breach('I7', `${order.order} is cancelled only in part`);
  if (fact.cause !== 'PaymentMissing') return;
  if (isPaid(order)) breach('I7', `${order.order} is paid and cancelled for a missing payment`);
  if (status !== 'taken' || paymentDueAt === undefined || at < paymentDueAt) {
    breach('I7', `${order.order} is cancelled for a missing payment before its grace has passed`);
  }
}

function cancel(order: OrderBook, lines: readonly CancelledUnits[], breach: Breach): void {
  for (const { line, pendingUnits, backorderedUnits, allocatedUnits } of lines) {
    const less = {
      ...{ pending: -pendingUnits, backordered: -backorderedUnits, allocated: -allocatedUnits },
    };
    change(order, line, less, breach);
  }
}

type Change = Partial<Pick<LineBook, 'pending' | 'backordered' | 'allocated'>>;

function change(order: OrderBook, id: string, by: Change, breach: Breach) {
  const line = order.lines.get(id);
  if (!line) return breach('I7', `${id} is no line of ${order.order}`);
  line.pending += by.pending ?? 0;
  line.backordered += by.backordered ?? 0;
  line.allocated += by.allocated ?? 0;
  if (Math.min(line.pending, line.backordered, line.allocated) < 0) {
    breach('I7', `${id} has fewer units than are taken from it`);
  }
}
