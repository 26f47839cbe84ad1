/** The order process hears that time has passed: nothing waits for ever. */
import { unreachable } from '@holdfast/chassis/decider';
import type { OrderAllocationRequested } from '@holdfast/schema/events';
import { cancelWhole, everyLine, releaseAll } from '../order/cancel.ts';
import type { Instant } from '../order/events.ts';
import { allocationRepeatsMax } from '../order/limits.ts';
import { dueAt, isPaid, type Order, type PlacedOrder, releaseLines } from '../order/order.ts';
import { unitsPerSku } from '../order/units-per-sku.ts';
import { nothing, record } from './allocation.ts';
import type { ProcessDecision } from './decide.ts';

export type PassTime = { readonly type: 'PassTime' };

export function passTime(order: Order, at: Instant): ProcessDecision {
  const due = dueAt(order);
  if (order.stage === 'absent' || due === undefined || at < due) return nothing;
  const { progress } = order;
  switch (progress.status) {
    case 'pending':
      return progress.requests > allocationRepeatsMax ? giveUp(order) : askAgain(order);
    case 'taken':
      if (isPaid(order)) return record(order, [{ type: 'OrderBackorderOverdue' }]);
      return cancelUnpaid(order);
    case 'confirmed':
    case 'cancelled':
    case 'rejected':
      return nothing;
    default:
      return unreachable(progress);
  }
}

/**
 * The same request: inventory knows the claim again, and what was cancelled since goes back after
 * its answer.
 */
function askAgain(order: PlacedOrder): ProcessDecision {
  const { id, claim, channel, reservation } = order;
  const lines = unitsPerSku(order.lines.map(({ sku, orderedUnits: units }) => ({ sku, units })));
  const request: OrderAllocationRequested = {
    ...{ type: 'OrderAllocationRequested', order: id, claim, channel, reservation },
    lines,
  };
  return record(order, [request]);
}

/** Inventory may still answer, or have answered unheard: all of it is asked back. */
function giveUp(order: PlacedOrder): ProcessDecision {
  const lines = releaseLines(order, everyLine(order, true));
  return record(order, [
    { type: 'OrderRejected', reason: 'Unanswered', shortfalls: [] },
    releaseAll(order, lines),
  ]);
}

const cancelUnpaid = (order: PlacedOrder): ProcessDecision =>
  record(
    order,
    cancelWhole(
      order,
      everyLine(order, true),
      'Its payment did not come in time',
      'PaymentMissing',
    ),
  );
