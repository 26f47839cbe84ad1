/** Cancelling, whole or in part, also before inventory has answered. */
import { accept, reject } from '@holdfast/chassis/decider';
import type { LineId, OrderId } from '@holdfast/schema/identifiers';
import type { Units } from '@holdfast/schema/quantities';
import type { OrderDecision, OrderRejection } from './decide.ts';
import type { CancelledLine, OrderEvent, Owner } from './events.ts';
import {
  backorderedUnits,
  isPaid,
  lineOf,
  type Order,
  type OrderLine,
  openUnits,
  type PlacedOrder,
  releaseLines,
  unitsOf,
} from './order.ts';
import { mayChange, notFound } from './owner.ts';
import { spread, sumsPerSku } from './spread.ts';

export type CancelOrder = {
  readonly type: 'CancelOrder';
  readonly order: OrderId;
  readonly caller: Owner;
  /** Each line once; undefined: all of them. */
  readonly lines: readonly LineToCancel[] | undefined;
  readonly reason: string;
  /** For lines not named. */
  readonly restock: boolean;
  readonly expectedVersion: number | undefined;
};

export type LineToCancel = {
  /** Undefined for a text that no line was ever called. */
  readonly line: LineId | undefined;
  readonly units: Units;
  readonly restock: boolean;
  /** Where in the input the line stands. */
  readonly position: number;
};

export function cancel(command: CancelOrder, order: Order): OrderDecision {
  if (order.stage === 'absent' || !mayChange(command.caller, order.owner)) {
    return reject(notFound('orderId'));
  }
  const { status } = order.progress;
  if (status === 'cancelled') return reject(notAllowed('The order is cancelled already.'));
  if (status === 'rejected') return reject(notAllowed('The order was refused for stock.'));
  const currentVersion = order.history.length;
  if (command.expectedVersion !== undefined && command.expectedVersion !== currentVersion) {
    return reject({ type: 'VersionConflict', currentVersion });
  }
  const refusal = firstBadLine(command.lines ?? [], order);
  if (refusal) return reject(refusal);

  const lines = linesToCancel(command, order);
  const left = order.lines.reduce((sum, line) => sum + openUnits(line), 0);
  const taken = lines.reduce((sum, line) => sum + unitsOf(line), 0);
  const { reason } = command;
  const events =
    taken === left ? cancelWhole(order, lines, reason, 'Asked') : cancelPart(order, lines, reason);
  return accept([{ stream: `order/${order.id}`, events }], { order: order.id });
}

const notAllowed = (reason: string): OrderRejection => ({ type: 'NotAllowed', reason });

function firstBadLine(
  lines: readonly LineToCancel[],
  order: PlacedOrder,
): OrderRejection | undefined {
  for (const { line, units, position } of lines) {
    const held = line && lineOf(order, line);
    if (!held) return notFound('lines', String(position), 'lineId');
    if (units > openUnits(held)) {
      return {
        ...{ type: 'InvalidInput', notKept: true },
        message: `${openUnits(held)} units of this line can still be cancelled.`,
        path: ['lines', String(position), 'quantity'],
      };
    }
  }
  return undefined;
}

function linesToCancel(command: CancelOrder, order: PlacedOrder): CancelledLine[] {
  if (!command.lines) return everyLine(order, command.restock);
  return command.lines.flatMap(({ line, units, restock }) => {
    const held = line && lineOf(order, line);
    return held ? [takeUnits(held, units, restock)] : [];
  });
}

/** Units that only wait are given up before units that are there. */
function takeUnits(line: OrderLine, units: number, restock: boolean): CancelledLine {
  const pendingUnits = Math.min(units, line.pendingUnits);
  const backorderedUnits = Math.min(units - pendingUnits, line.backorderedUnits);
  const allocatedUnits = units - pendingUnits - backorderedUnits;
  return { line: line.line, pendingUnits, backorderedUnits, allocatedUnits, restock };
}

/** All units that are not cancelled yet. */
export const everyLine = (order: PlacedOrder, restock: boolean): CancelledLine[] =>
  order.lines
    .filter((line) => openUnits(line) > 0)
    .map((line) => takeUnits(line, openUnits(line), restock));

/** Ends the order: everything it has, and all it might still get, goes back. */
export function cancelWhole(
  order: PlacedOrder,
  lines: readonly CancelledLine[],
  reason: string,
  cause: 'Asked' | 'PaymentMissing',
): OrderEvent[] {
  return [
    { type: 'OrderCancelled', cause, reason, lines },
    releaseAll(order, releaseLines(order, lines)),
  ];
}

/** Asks everything back, with what was owed from before. */
export const releaseAll = (
  order: PlacedOrder,
  lines: ReturnType<typeof releaseLines>,
): OrderEvent => ({
  ...{ type: 'OrderAllocationReleaseRequested', order: order.id, claim: order.claim },
  ...{ reservation: order.reservation, whole: true, lines: [...order.owedBack, ...lines] },
});

function cancelPart(
  order: PlacedOrder,
  lines: readonly CancelledLine[],
  reason: string,
): OrderEvent[] {
  const events: OrderEvent[] = [{ type: 'OrderUnitsCancelled', reason, lines }];
  // Inventory has not answered: the units are owed, and asked back together with its answer.
  if (order.progress.status === 'pending') return events;
  events.push(releasePart(order, releaseLines(order, lines)));
  const freed = servedByCancelled(order, lines);
  if (freed.length > 0) {
    events.push({ type: 'OrderBackorderFilled', fact: undefined, lines: freed });
  }
  const given = lines.reduce((sum, line) => sum + line.backorderedUnits, 0);
  const served = freed.reduce((sum, line) => sum + line.units, 0);
  // What had kept the order waiting may just have been cancelled.
  const ready = given + served === backorderedUnits(order) && isPaid(order);
  if (order.progress.status === 'taken' && ready) events.push({ type: 'OrderConfirmed' });
  return events;
}

/**
 * Allocated units that a cancelled line gives up serve other lines of the SKU that wait:
 * inventory, which knows no
 * lines, gives up what waits first and would never tell of these lines again.
 */
function servedByCancelled(order: PlacedOrder, lines: readonly CancelledLine[]) {
  const cancelled = new Map(lines.map((part) => [part.line, part]));
  const freed = sumsPerSku(
    order.lines.map(({ line, sku }) => ({ sku, units: cancelled.get(line)?.allocatedUnits ?? 0 })),
  );
  const waits = ({ line, backorderedUnits: units }: OrderLine) =>
    units - (cancelled.get(line)?.backorderedUnits ?? 0);
  return spread(order.lines, freed, waits).filter(({ units }) => units > 0);
}

/** Asks some units back; an unconverted reservation is not touched. */
export const releasePart = (
  order: PlacedOrder,
  lines: ReturnType<typeof releaseLines>,
): OrderEvent => ({
  ...{ type: 'OrderAllocationReleaseRequested', order: order.id, claim: order.claim },
  ...{ reservation: undefined, whole: false, lines },
});
