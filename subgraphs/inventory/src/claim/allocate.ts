/** Binding units to an order, from its reservation or from what is free, and taking them back. */
import { accept, type Decision, needs, reject } from '@holdfast/chassis/decider';
import { streamName, type View } from '@holdfast/chassis/stream-kind';
import type { AllocationRefused, OrderAllocationRequested } from '@holdfast/schema/events';
import type { ClaimId, Sku } from '@holdfast/schema/identifiers';
import { catalogId, catalogKind, rulesOf } from '../catalog/catalog.ts';
import { stockKind } from '../stock/stock.ts';
import { collectChanges, endReservation, held, type InventoryEvent } from './changes.ts';
import { addLines, type Claim, claimKind, isConverted, isHeld, type Reservation } from './claim.ts';
import { isBeingDecided } from './earlier-holds.ts';
import { streamsOfHold } from './hold-life.ts';
import { placeOrder } from './place-order-lines.ts';
import { holdsUndecided, type NotHere, placingOf, spansLanes } from './reserve.ts';

/** Milliseconds since 1970, UTC. */
type Instant = number;

export type AllocateStock = { readonly type: 'AllocateStock' } & Omit<
  OrderAllocationRequested,
  'type'
>;

export type AllocationAnswer = { readonly claim: ClaimId };
/**
 * An allocation is never rejected for good: that it was refused is a fact of its own, for the order
 * to hear.
 */
export type AllocationDecision = Decision<InventoryEvent, AllocationAnswer, NotHere>;

export function decideAllocate(
  command: AllocateStock,
  view: View,
  at: Instant,
): AllocationDecision {
  const { claim } = command;
  const made = view.get(claimKind, claim);
  if (isOverLanes(made)) return reject(spansLanes);
  // Decided before: a repeated request hears of it through the first one's facts.
  if (made.type !== 'none') return accept([], { claim });
  const { reservation } = command;
  if (reservation !== undefined) {
    const known = view.get(claimKind, reservation);
    if (isConverted(known)) return refuse(command, 'ReservationGone', []);
    if (isBeingDecided(known)) return reject(holdsUndecided);
    if (known.type === 'reservation' && known.lanes !== undefined) return reject(spansLanes);
    if (isHeld(known, at)) {
      const missing = streamsOfHold(known).filter((stream) => !view.has(stream));
      return missing.length > 0 ? needs(missing) : convert(command, known, view);
    }
  }
  // A lapsed hold is taken again, if the stock allows.
  return allocate(command, view, at);
}

/** Opened over several lanes, and undecided or to be tried again: whoever drives it goes on. */
const isOverLanes = (claim: Claim): boolean =>
  claim.type === 'tentative' || (claim.type === 'refused' && claim.attempt > 0);

function refuse(
  { claim, order }: AllocateStock,
  reason: AllocationRefused['reason'],
  shortfalls: AllocationRefused['shortfalls'],
): AllocationDecision {
  const changes = collectChanges();
  changes.claim(claim, { type: 'AllocationRefused', claim, order, reason, shortfalls });
  return accept(changes.all(), { claim });
}

export const graceSeconds = (skus: Iterable<Sku>, view: View): number => {
  const catalog = view.get(catalogKind, catalogId);
  const graces = [...skus].map((sku) => {
    return rulesOf(catalog, view.get(stockKind, sku).productClass).paymentGraceSeconds;
  });
  return Math.min(...graces);
};

/** The reservation's units become the order's, where they are. */
function convert(command: AllocateStock, hold: Reservation, view: View): AllocationDecision {
  const { claim, order, channel } = command;
  const changes = collectChanges();
  const ended = { claim: hold.claim, order, allocation: claim };
  endReservation(changes, hold, { type: 'ReservationConverted', ...ended }, (line) => ({
    type: 'StockReservationConverted',
    allocation: claim,
    ...held(hold, line),
  }));
  const skus = hold.lines.map(({ sku }) => sku);
  const paymentGraceSeconds = graceSeconds(skus, view);
  changes.claim(claim, {
    type: 'AllocationMade',
    ...{
      claim,
      order,
      channel,
      lines: addLines([], hold.lines),
      backordered: [],
      paymentGraceSeconds,
    },
  });
  return accept(changes.all(), { claim });
}

/** From what is free; what is short waits where the class lets it, else nothing is taken. */
function allocate(command: AllocateStock, view: View, at: Instant): AllocationDecision {
  const { claim, order, channel } = command;
  const placed = placeOrder(command.lines, placingOf(command, [], view, at));
  if (placed.type === 'wait') return reject(holdsUndecided);
  if (placed.type === 'short') return refuse(command, 'InsufficientStock', placed.shortfalls);
  const changes = collectChanges();
  const { lines, backordered } = placed;
  for (const { sku, location, units } of lines) {
    const allocated = { claim, location, units, backordered: false };
    changes.stock(sku, { type: 'StockAllocated', ...allocated });
  }
  for (const { sku, units } of backordered) {
    changes.stock(sku, { type: 'StockBackordered', claim, channel, units });
  }
  const skus = command.lines.map(({ sku }) => sku);
  const paymentGraceSeconds = graceSeconds(skus, view);
  const made = { claim, order, channel, lines, backordered, paymentGraceSeconds };
  changes.claim(claim, { type: 'AllocationMade', ...made });
  return accept(changes.all(), { claim });
}

/** Streams that an allocation looks at, as far as its request names them. */
export const streamsToAllocate = (command: AllocateStock): string[] => [
  streamName(claimKind, command.claim),
  ...command.lines.map(({ sku }) => streamName(stockKind, sku)),
  ...(command.reservation === undefined ? [] : [streamName(claimKind, command.reservation)]),
];
