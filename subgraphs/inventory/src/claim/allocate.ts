/** Binding units to an order, from its reservation or from what is free, and taking them back. */
import { accept, type Decision, needs } from '@holdfast/chassis/decider';
import { streamName, type View } from '@holdfast/chassis/stream-kind';
import type {
  AllocationRefused,
  OrderAllocationRequested,
  PlacedLine,
  WantedLine,
} from '@holdfast/schema/events';
import type { ClaimId, Sku } from '@holdfast/schema/identifiers';
import { units } from '@holdfast/schema/quantities';
import { type Catalog, catalogId, catalogKind, locationsOf, rulesOf } from '../catalog/catalog.ts';
import { stockKind } from '../stock/stock.ts';
import { collectChanges, endReservation, held, type InventoryEvent } from './changes.ts';
import { addLines, claimKind, isHeld, type Reservation } from './claim.ts';
import { streamsOfHold } from './hold-life.ts';
import {
  type PlacedSku,
  type Placing,
  placeSku,
  shortfall,
  type WantedSku,
} from './place-units.ts';

/** Milliseconds since 1970, UTC. */
type Instant = number;

export type AllocateStock = { readonly type: 'AllocateStock' } & Omit<
  OrderAllocationRequested,
  'type'
>;

export type AllocationAnswer = { readonly claim: ClaimId };
/**
 * An allocation is never rejected: that it was refused is a fact of its own, for the order to hear.
 */
export type AllocationDecision = Decision<InventoryEvent, AllocationAnswer, never>;

export function decideAllocate(
  command: AllocateStock,
  view: View,
  at: Instant,
): AllocationDecision {
  const { claim } = command;
  // Decided before: a repeated request hears of it through the first one's facts.
  if (view.get(claimKind, claim).type !== 'none') return accept([], { claim });
  const { reservation } = command;
  if (reservation !== undefined) {
    const known = view.get(claimKind, reservation);
    if (known.type === 'reservation' && known.status === 'converted') {
      return refuse(command, 'ReservationGone', []);
    }
    if (isHeld(known, at)) {
      const missing = streamsOfHold(known).filter((stream) => !view.has(stream));
      return missing.length > 0 ? needs(missing) : convert(command, known, view);
    }
  }
  // A lapsed hold is taken again, if the stock allows.
  return allocate(command, view, at);
}

function refuse(
  { claim, order }: AllocateStock,
  reason: AllocationRefused['reason'],
  shortfalls: AllocationRefused['shortfalls'],
): AllocationDecision {
  const changes = collectChanges();
  changes.claim(claim, { type: 'AllocationRefused', claim, order, reason, shortfalls });
  return accept(changes.all(), { claim });
}

const graceSeconds = (skus: Iterable<Sku>, view: View, catalog: Catalog): number =>
  Math.min(
    ...[...skus].map((sku) => {
      return rulesOf(catalog, view.get(stockKind, sku).productClass).paymentGraceSeconds;
    }),
  );

/** The reservation's units become the order's, where they are. */
function convert(command: AllocateStock, hold: Reservation, view: View): AllocationDecision {
  const { claim, order, channel } = command;
  const catalog = view.get(catalogKind, catalogId);
  const changes = collectChanges();
  const ended = { claim: hold.claim, order, allocation: claim };
  endReservation(changes, hold, { type: 'ReservationConverted', ...ended }, (line) => ({
    type: 'StockReservationConverted',
    allocation: claim,
    ...held(hold, line),
  }));
  const skus = hold.lines.map(({ sku }) => sku);
  const paymentGraceSeconds = graceSeconds(skus, view, catalog);
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
  const catalog = view.get(catalogKind, catalogId);
  const placing: Placing = {
    catalog,
    locations: locationsOf(catalog, channel) ?? [],
    now: at,
    stockOf: (sku) => view.get(stockKind, sku),
    ownUnits: () => 0,
  };
  const placed = command.lines.map((line) => placeLine(line, placing));
  const short = placed.filter(({ missingUnits, mayWait }) => missingUnits > 0 && !mayWait);
  if (short.length > 0) {
    const shortfalls = short.map((each) => shortfall(each.wanted, each));
    return refuse(command, 'InsufficientStock', shortfalls);
  }
  const changes = collectChanges();
  const lines: PlacedLine[] = placed.flatMap((each) => each.lines);
  for (const { sku, location, units } of lines) {
    const allocated = { claim, location, units, backordered: false };
    changes.stock(sku, { type: 'StockAllocated', ...allocated });
  }
  const backordered: WantedLine[] = placed
    .filter(({ missingUnits }) => missingUnits > 0)
    .map(({ wanted, missingUnits }) => ({ sku: wanted.sku, units: units(missingUnits) }));
  for (const { sku, units } of backordered) {
    changes.stock(sku, { type: 'StockBackordered', claim, channel, units });
  }
  const skus = command.lines.map(({ sku }) => sku);
  const paymentGraceSeconds = graceSeconds(skus, view, catalog);
  const made = { claim, order, channel, lines, backordered, paymentGraceSeconds };
  changes.claim(claim, { type: 'AllocationMade', ...made });
  return accept(changes.all(), { claim });
}

type PlacedLineOfOrder = PlacedSku & { readonly wanted: WantedSku; readonly mayWait: boolean };

function placeLine({ sku, units }: WantedLine, placing: Placing): PlacedLineOfOrder {
  const wanted: WantedSku = { sku, anywhere: units, at: new Map() };
  const { productClass } = placing.stockOf(sku);
  const mayWait = rulesOf(placing.catalog, productClass).backorder === 'UNLIMITED';
  return { wanted, mayWait, ...placeSku(wanted, placing) };
}

/** Streams that an allocation looks at, as far as its request names them. */
export const streamsToAllocate = (command: AllocateStock): string[] => [
  streamName(claimKind, command.claim),
  ...command.lines.map(({ sku }) => streamName(stockKind, sku)),
  ...(command.reservation === undefined ? [] : [streamName(claimKind, command.reservation)]),
];
