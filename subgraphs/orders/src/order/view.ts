/** An order as it is read: a copy, because the lane goes on changing its own. */

import { unreachable } from '@holdfast/chassis/decider';
import type { ShortSku } from '@holdfast/schema/events';
import type { ChannelCode, LineId, OrderId, Sku } from '@holdfast/schema/identifiers';
import type { Money } from '@holdfast/schema/money';
import type { Instant, Owner, RefusalReason } from './events.ts';
import {
  backorderedUnits,
  type HistoryEntry,
  type Order,
  type OrderLine,
  type PlacedOrder,
} from './order.ts';

export type OrderStatus =
  | 'PENDING'
  | 'BACKORDERED'
  | 'AWAITING_PAYMENT'
  | 'CONFIRMED'
  | 'CANCELLED'
  | 'REJECTED';

export type OrderLineStatus = 'PENDING' | 'BACKORDERED' | 'ALLOCATED' | 'CANCELLED' | 'REJECTED';

export type OrderLineView = {
  readonly id: LineId;
  readonly sku: Sku;
  readonly quantity: number;
  readonly cancelled: number;
  readonly backordered: number;
  readonly allocated: number;
  readonly status: OrderLineStatus;
  readonly unitPrice: Money | undefined;
};

export type OrderView = {
  readonly id: OrderId;
  readonly number: string;
  readonly owner: Owner;
  readonly status: OrderStatus;
  readonly channel: ChannelCode;
  readonly lines: readonly OrderLineView[];
  readonly total: Money | undefined;
  /** Facts in the history. */
  readonly version: number;
  readonly placedAt: Instant;
  readonly history: readonly HistoryEntry[];
  /** Why inventory said no. */
  readonly refusal:
    | { readonly reason: RefusalReason; readonly shortfalls: readonly ShortSku[] }
    | undefined;
};

export function viewOrder(order: Order): OrderView | undefined {
  if (order.stage === 'absent') return undefined;
  const { id, number, owner, channel, total, placedAt, history, progress } = order;
  return {
    ...{ id, number, owner, channel, total, placedAt },
    status: statusOf(order),
    lines: order.lines.map((line) => viewLine(line, order)),
    version: history.length,
    history: history.slice(),
    refusal: progress.status === 'rejected' ? progress.refusal : undefined,
  };
}

function statusOf(order: PlacedOrder): OrderStatus {
  const { progress } = order;
  switch (progress.status) {
    case 'pending':
      return 'PENDING';
    case 'taken':
      // Units that wait are told before a payment that is missing; its grace runs all the same.
      return backorderedUnits(order) > 0 ? 'BACKORDERED' : 'AWAITING_PAYMENT';
    case 'confirmed':
      return 'CONFIRMED';
    case 'cancelled':
      return 'CANCELLED';
    case 'rejected':
      return 'REJECTED';
    default:
      return unreachable(progress);
  }
}

function viewLine(line: OrderLine, order: PlacedOrder): OrderLineView {
  const { line: id, sku, orderedUnits, unitPrice } = line;
  return {
    ...{ id, sku, quantity: orderedUnits, unitPrice },
    cancelled: line.cancelledUnits,
    backordered: line.backorderedUnits,
    allocated: line.allocatedUnits,
    status: lineStatusOf(line, order),
  };
}

function lineStatusOf(line: OrderLine, order: PlacedOrder): OrderLineStatus {
  if (line.cancelledUnits === line.orderedUnits) return 'CANCELLED';
  if (order.progress.status === 'rejected') return 'REJECTED';
  if (line.pendingUnits > 0) return 'PENDING';
  return line.backorderedUnits > 0 ? 'BACKORDERED' : 'ALLOCATED';
}
