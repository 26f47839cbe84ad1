/**
 * The order process hears inventory's answers. Each may come twice or late: what no longer fits
 * changes nothing.
 */
import { accept, reject } from '@holdfast/chassis/decider';
import type { AllocationMade, AllocationRefused, BackorderFilled } from '@holdfast/schema/events';
import { releasePart } from '../order/cancel.ts';
import type { Instant, OrderAllocated, OrderEvent } from '../order/events.ts';
import { backorderedUnits, isPaid, type Order, type PlacedOrder } from '../order/order.ts';
import { spread, sumsPerSku } from '../order/spread.ts';
import { allocationUnheard, type ProcessDecision } from './decide.ts';

export type NoteFact = {
  readonly type: 'NoteFact';
  readonly fact: AllocationMade | AllocationRefused | BackorderFilled;
  /** The id of the fact, to know it again. */
  readonly id: string;
};

export const nothing: ProcessDecision = accept([], null);

export const record = (order: PlacedOrder, events: readonly OrderEvent[]): ProcessDecision =>
  accept([{ stream: `order/${order.id}`, events }], null);

export function noteFact({ fact, id }: NoteFact, order: Order, at: Instant): ProcessDecision {
  if (order.stage === 'absent' || fact.claim !== order.claim) return nothing;
  switch (fact.type) {
    case 'AllocationMade':
      return noteAllocation(fact, order, at);
    case 'AllocationRefused':
      return noteRefusal(fact, order);
    case 'BackorderFilled':
      return noteFill(fact, id, order);
  }
}

function noteAllocation(fact: AllocationMade, order: PlacedOrder, at: Instant): ProcessDecision {
  // A cancelled or rejected order has asked everything back already.
  if (order.progress.status !== 'pending') return nothing;
  const lines = spreadAllocation(order, fact.lines);
  const { paymentGraceSeconds } = fact;
  const paid = isPaid(order);
  const paymentDueAt = paid ? undefined : at + paymentGraceSeconds * 1_000;
  const events: OrderEvent[] = [
    { type: 'OrderAllocated', lines, paymentGraceSeconds, paymentDueAt },
  ];
  // Cancelled while inventory was deciding about all of it.
  if (order.owedBack.length > 0) events.push(releasePart(order, [...order.owedBack]));
  const waiting = lines.reduce((sum, line) => sum + line.backorderedUnits, 0);
  if (paid && waiting === 0) events.push({ type: 'OrderConfirmed' });
  return record(order, events);
}

function noteRefusal(fact: AllocationRefused, order: PlacedOrder): ProcessDecision {
  if (order.progress.status !== 'pending') return nothing;
  const { reason, shortfalls } = fact;
  return record(order, [{ type: 'OrderRejected', reason, shortfalls }]);
}

function noteFill(fact: BackorderFilled, id: string, order: PlacedOrder): ProcessDecision {
  if (order.progress.status === 'pending') return reject(allocationUnheard);
  if (order.progress.status !== 'taken' || order.fills.includes(id)) return nothing;
  const lines = spreadFill(order, fact.lines);
  // All of it was cancelled meanwhile; inventory has been asked for these units already.
  if (lines.length === 0) return nothing;
  const events: OrderEvent[] = [{ type: 'OrderBackorderFilled', fact: id, lines }];
  const filled = lines.reduce((sum, line) => sum + line.units, 0);
  if (filled === backorderedUnits(order) && isPaid(order)) events.push({ type: 'OrderConfirmed' });
  return record(order, events);
}

/** Lines are served in their order; what one lacks waits, whatever inventory called it. */
function spreadAllocation(order: PlacedOrder, lines: AllocationMade['lines']) {
  const undecided = order.lines.filter(({ pendingUnits }) => pendingUnits > 0);
  const served = spread(undecided, sumsPerSku(lines), ({ pendingUnits }) => pendingUnits);
  return undecided.map(({ line, pendingUnits }, at): OrderAllocated['lines'][number] => {
    const allocatedUnits = served[at]?.units ?? 0;
    return { line, allocatedUnits, backorderedUnits: pendingUnits - allocatedUnits };
  });
}

const spreadFill = (order: PlacedOrder, lines: BackorderFilled['lines']) =>
  spread(order.lines, sumsPerSku(lines), (line) => line.backorderedUnits).filter(
    ({ units }) => units > 0,
  );
