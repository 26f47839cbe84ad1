/** One order: its state, how facts change it, and what follows from it. */

import { unreachable } from '@holdfast/chassis/decider';
import type { OrderAllocationReleaseRequested } from '@holdfast/schema/events';
import type { ChannelCode, ClaimId, LineId, OrderId, Sku } from '@holdfast/schema/identifiers';
import type { Money } from '@holdfast/schema/money';
import { type Units, units } from '@holdfast/schema/quantities';
import type {
  CancelledLine,
  Instant,
  LineUnits,
  OrderAllocated,
  OrderEvent,
  OrderPlaced,
  OrderRejected,
  Owner,
  Payment,
} from './events.ts';
import { describe, type PublicEventName } from './history.ts';
import { answerWaitMs, backorderNoticeMs } from './limits.ts';

/** Each unit ordered is in exactly one of the four: `orderedUnits` is their sum, always. */
export type OrderLine = {
  readonly line: LineId;
  readonly sku: Sku;
  readonly orderedUnits: Units;
  readonly unitPrice: Money | undefined;
  /** Not yet decided; in a rejected order, never. */
  pendingUnits: number;
  backorderedUnits: number;
  allocatedUnits: number;
  cancelledUnits: number;
};

/**
 * Where the order is in its life. `taken`: inventory has said yes, and stock or payment is still
 * awaited.
 */
export type Progress =
  | { readonly status: 'pending'; readonly requests: number; readonly answerDueAt: Instant }
  | {
      readonly status: 'taken';
      readonly paymentGraceSeconds: number;
      readonly paymentDueAt: Instant | undefined;
      readonly noticeDueAt: Instant;
    }
  | { readonly status: 'confirmed' }
  | { readonly status: 'cancelled' }
  | { readonly status: 'rejected'; readonly refusal: OrderRejected };

/** One fact as an order's history shows it. */
export type HistoryEntry = {
  readonly id: string;
  readonly type: PublicEventName;
  readonly at: Instant;
  readonly actor: string;
  readonly summary: string;
};

export type ReleaseLine = OrderAllocationReleaseRequested['lines'][number];

export type PlacedOrder = {
  readonly stage: 'placed';
  readonly id: OrderId;
  readonly number: string;
  readonly owner: Owner;
  readonly channel: ChannelCode;
  readonly reservation: ClaimId | undefined;
  readonly claim: ClaimId;
  readonly total: Money | undefined;
  readonly needsPayment: boolean;
  readonly placedAt: Instant;
  readonly lines: readonly OrderLine[];
  authorized: Payment | undefined;
  progress: Progress;
  /** Cancelled before inventory had answered: goes back as soon as it has. */
  readonly owedBack: ReleaseLine[];
  /** Inventory's facts by which backorders were filled. */
  readonly fills: string[];
  readonly history: HistoryEntry[];
};

export type Order = { readonly stage: 'absent' } | PlacedOrder;

export const absentOrder: Order = { stage: 'absent' };

/** When and by whom a fact was recorded. */
export type FactPlace = { readonly at: Instant; readonly actor: string; id(): string };

export function evolve(order: Order, event: OrderEvent, place: FactPlace): Order {
  const placed = event.type === 'OrderPlaced' ? begin(event, place.at) : order;
  if (placed.stage === 'absent') throw new Error(`${event.type} before OrderPlaced`);
  if (event.type !== 'OrderPlaced') apply(placed, event, place.at);
  const { at, actor } = place;
  placed.history.push({ id: place.id(), at, actor, ...describe(event) });
  return placed;
}

function begin(event: OrderPlaced, at: Instant): PlacedOrder {
  const { order, number, owner, channel, reservation, claim, total, needsPayment } = event;
  return {
    ...{ stage: 'placed', id: order, number, owner, channel, reservation, claim, total },
    ...{ needsPayment, placedAt: at, authorized: undefined, owedBack: [], fills: [], history: [] },
    lines: event.lines.map(({ line, sku, units: orderedUnits, unitPrice }) => ({
      ...{ line, sku, orderedUnits, unitPrice, pendingUnits: orderedUnits },
      ...{ backorderedUnits: 0, allocatedUnits: 0, cancelledUnits: 0 },
    })),
    progress: { status: 'pending', requests: 0, answerDueAt: at + answerWaitMs(1) },
  };
}

function apply(order: PlacedOrder, event: Exclude<OrderEvent, OrderPlaced>, at: Instant): void {
  const { progress } = order;
  switch (event.type) {
    case 'OrderAllocationRequested': {
      const requests = progress.status === 'pending' ? progress.requests + 1 : 1;
      order.progress = { status: 'pending', requests, answerDueAt: at + answerWaitMs(requests) };
      return;
    }
    case 'OrderAllocated':
      allocate(order, event, at);
      return;
    case 'OrderBackorderFilled':
      if (event.fact !== undefined) order.fills.push(event.fact);
      fill(order, event.lines);
      return;
    case 'OrderBackorderOverdue':
      if (progress.status !== 'taken') return;
      order.progress = { ...progress, noticeDueAt: at + backorderNoticeMs };
      return;
    case 'OrderPaymentAuthorized':
      order.authorized = event.payment;
      return;
    case 'OrderPaymentFailed':
      if (progress.status !== 'taken') return;
      order.progress = { ...progress, paymentDueAt: event.paymentDueAt };
      return;
    case 'OrderConfirmed':
      order.progress = { status: 'confirmed' };
      return;
    case 'OrderRejected':
      order.progress = { status: 'rejected', refusal: event };
      return;
    case 'OrderUnitsCancelled':
      cancelUnits(order, event.lines);
      return;
    case 'OrderCancelled':
      cancelUnits(order, event.lines);
      order.progress = { status: 'cancelled' };
      return;
    case 'OrderAllocationReleaseRequested':
      // Whatever was owed goes along with the next request.
      order.owedBack.length = 0;
      return;
    default:
      unreachable(event);
  }
}

function allocate(order: PlacedOrder, event: OrderAllocated, at: Instant): void {
  for (const { line, allocatedUnits, backorderedUnits } of event.lines) {
    const held = lineOf(order, line);
    if (!held) continue;
    held.pendingUnits -= allocatedUnits + backorderedUnits;
    held.allocatedUnits += allocatedUnits;
    held.backorderedUnits += backorderedUnits;
  }
  const { paymentGraceSeconds, paymentDueAt } = event;
  const noticeDueAt = at + backorderNoticeMs;
  order.progress = { status: 'taken', paymentGraceSeconds, paymentDueAt, noticeDueAt };
}

function fill(order: PlacedOrder, lines: readonly LineUnits[]): void {
  for (const part of lines) {
    const held = lineOf(order, part.line);
    if (!held) continue;
    held.backorderedUnits -= part.units;
    held.allocatedUnits += part.units;
  }
}

function cancelUnits(order: PlacedOrder, lines: readonly CancelledLine[]): void {
  for (const cancelled of lines) {
    const held = lineOf(order, cancelled.line);
    if (!held) continue;
    held.pendingUnits -= cancelled.pendingUnits;
    held.backorderedUnits -= cancelled.backorderedUnits;
    held.allocatedUnits -= cancelled.allocatedUnits;
    held.cancelledUnits += unitsOf(cancelled);
    if (cancelled.pendingUnits > 0) order.owedBack.push(...releaseLines(order, [cancelled]));
  }
}

// ------------------------------------------------------------------ what follows from it

export const lineOf = (order: PlacedOrder, line: LineId): OrderLine | undefined =>
  order.lines.find((candidate) => candidate.line === line);

export const unitsOf = (cancelled: CancelledLine): number =>
  cancelled.pendingUnits + cancelled.backorderedUnits + cancelled.allocatedUnits;

/** Units that are not cancelled (nor shipped, once there are shipments). */
export const openUnits = (line: OrderLine): number =>
  line.pendingUnits + line.backorderedUnits + line.allocatedUnits;

export const backorderedUnits = (order: PlacedOrder): number =>
  order.lines.reduce((sum, line) => sum + line.backorderedUnits, 0);

/** Paid, or nothing to pay. */
export const isPaid = (order: PlacedOrder): boolean =>
  order.authorized !== undefined || !order.needsPayment;

/** The same cancelled units as inventory hears of them. */
export const releaseLines = (
  order: PlacedOrder,
  cancelled: readonly CancelledLine[],
): ReleaseLine[] =>
  cancelled.flatMap((part) => {
    const held = lineOf(order, part.line);
    return held
      ? [{ line: part.line, sku: held.sku, units: units(unitsOf(part)), restock: part.restock }]
      : [];
  });

/**
 * When the order does something by itself if nothing happens before; undefined once it has ended.
 */
export function dueAt(order: Order): Instant | undefined {
  if (order.stage === 'absent') return undefined;
  const { progress } = order;
  switch (progress.status) {
    case 'pending':
      return progress.answerDueAt;
    case 'taken':
      return isPaid(order) ? progress.noticeDueAt : progress.paymentDueAt;
    case 'confirmed':
    case 'cancelled':
    case 'rejected':
      return undefined;
    default:
      return unreachable(progress);
  }
}
