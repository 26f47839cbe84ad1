/** The whole log of orders: each order by itself, and each against what inventory has said. */
import type { Commit } from '@holdfast/chassis/commit';
import type {
  OrderAllocationReleaseRequested,
  OrderAllocationRequested,
} from '@holdfast/schema/events';
import { commandsOf, type LoggedCommand } from './audit-log.ts';
import { noteOrder, type OrderBook, openOrder } from './order-book.ts';
import { type OrderFact, orderFact } from './order-facts.ts';
import type { StockBook } from './stock-book.ts';
import type { Breach } from './stock-law.ts';

export type OrdersAudited = {
  readonly orders: ReadonlyMap<string, OrderBook>;
  readonly requests: ReadonlyMap<string, OrderAllocationRequested>;
  readonly releases: ReadonlyMap<string, OrderAllocationReleaseRequested>;
  /** The facts of inventory that were noted, by id. */
  readonly noted: ReadonlySet<string>;
};

export function auditOrders(
  commits: readonly Commit[],
  breach: Breach,
  note: (state: string) => void,
): OrdersAudited {
  const orders = new Map<string, OrderBook>();
  const requests = new Map<string, OrderAllocationRequested>();
  const releases = new Map<string, OrderAllocationReleaseRequested>();
  const noted = new Set<string>();
  const numbers = new Set<string>();
  for (const command of commits.flatMap(commandsOf)) {
    const { record, events, at } = command;
    if (record.type === 'NoteFact') noted.add(record.cause ?? '');
    for (const { id, prefix, event } of events) {
      if (prefix !== 'order') continue;
      const fact = orderFact(event);
      if (fact.type === 'OrderAllocationRequested') requests.set(id, fact);
      if (fact.type === 'OrderAllocationReleaseRequested') releases.set(id, fact);
      if (fact.type === 'OrderPlaced') {
        if (numbers.has(fact.number)) breach('I7', `two orders have the number ${fact.number}`);
        numbers.add(fact.number);
      }
      noteOne(orders, command, fact, at, breach, note);
    }
  }
  return { orders, requests, releases, noted };
}

function noteOne(
  orders: Map<string, OrderBook>,
  command: LoggedCommand,
  fact: OrderFact,
  at: number,
  breach: Breach,
  note: (state: string) => void,
) {
  if (fact.type === 'OrderPlaced') {
    orders.set(fact.order, openOrder(fact));
    return;
  }
  const subject = command.events.find(({ prefix }) => prefix === 'order')?.subject ?? '';
  const order = orders.get(subject);
  if (!order) return breach('I7', `${fact.type} of ${subject}, which was never placed`);
  const wasPending = order.status === 'pending';
  noteOrder(order, fact, at, breach);
  if (fact.type === 'OrderAllocationRequested' && order.requests > 1)
    note('allocation request sent again');
  if (fact.type === 'OrderRejected') note(`order rejected, ${fact.reason}`);
  if (fact.type === 'OrderConfirmed') note('order confirmed');
  if (fact.type === 'OrderCancelled') {
    if (fact.cause === 'PaymentMissing') note('payment grace passed');
    else note(wasPending ? 'order cancelled while pending' : 'order cancelled');
  }
  if (fact.type === 'OrderUnitsCancelled') {
    note(wasPending ? 'units cancelled while pending' : 'units cancelled');
  }
}

/** When all is quiet: an order has what its claim has, and an ended one has nothing. */
export function checkAgreement(audited: OrdersAudited, book: StockBook, breach: Breach): void {
  for (const order of audited.orders.values()) {
    const claim = book.claims.get(order.claim);
    const allocated = new Map<string, number>();
    const waiting = new Map<string, number>();
    if (order.status === 'taken' || order.status === 'confirmed') {
      for (const line of order.lines.values()) {
        allocated.set(line.sku, (allocated.get(line.sku) ?? 0) + line.allocated);
        waiting.set(line.sku, (waiting.get(line.sku) ?? 0) + line.backordered);
      }
    }
    const bound = new Map<string, number>();
    if (claim?.type === 'allocation') {
      for (const [key, units] of claim.units) {
        const [sku = ''] = key.split('@');
        bound.set(sku, (bound.get(sku) ?? 0) + units);
      }
    }
    const waits = claim?.type === 'allocation' ? claim.waiting : new Map<string, number>();
    for (const sku of new Set([
      ...allocated.keys(),
      ...bound.keys(),
      ...waiting.keys(),
      ...waits.keys(),
    ])) {
      const told = `${allocated.get(sku) ?? 0} and ${waiting.get(sku) ?? 0} waiting`;
      const is = `${bound.get(sku) ?? 0} and ${waits.get(sku) ?? 0} waiting`;
      if (told !== is)
        breach(
          'I7',
          `${order.order} (${order.status}) has ${told} of ${sku}, inventory says ${is}`,
        );
    }
  }
}
