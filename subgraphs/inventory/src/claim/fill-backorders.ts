/**
 * Units that become free go to those who wait, oldest first, in the same commit: what a later buyer
 * could take was never somebody else's.
 */
import type { StreamChange } from '@holdfast/chassis/decider';
import { streamName, type View } from '@holdfast/chassis/stream-kind';
import type { PlacedLine } from '@holdfast/schema/events';
import type { ClaimId, LocationCode, OrderId } from '@holdfast/schema/identifiers';
import { units } from '@holdfast/schema/quantities';
import { catalogId, catalogKind, locationsOf, rulesOf } from '../catalog/catalog.ts';
import type { StockEvent } from '../stock/events.ts';
import { freeUnits } from '../stock/position.ts';
import { type Stock, stockKind } from '../stock/stock.ts';
import { collectChanges, type InventoryEvent } from './changes.ts';
import { claimKind } from './claim.ts';

/** Milliseconds since 1970, UTC. */
type Instant = number;

/** Orders filled in one commit; the others follow with the next change of the SKU. */
const filledClaimsMax = 500;

type Fill = { readonly claim: ClaimId; readonly location: LocationCode; readonly units: number };

/**
 * @param changes what was decided, not yet folded
 * @returns the changes with the fills they make possible, or the streams needed to say so
 */
export function fillBackorders(
  changes: readonly StreamChange<InventoryEvent>[],
  view: View,
  at: Instant,
): readonly StreamChange<InventoryEvent>[] | { readonly needs: readonly string[] } {
  const stocks = changes
    .filter(({ stream }) => stream.startsWith(`${stockKind.prefix}/`))
    .map(({ stream, events }) => ({
      stock: view.get(stockKind, stream.slice(stockKind.prefix.length + 1)),
      events: events as readonly StockEvent[],
    }))
    .filter(({ stock }) => stock.backorders.length > 0);
  if (stocks.length === 0) return changes;

  const fills = stocks.flatMap(({ stock, events }) =>
    fillsOf(stock, events, view, at).map((fill) => ({ stock, ...fill })),
  );
  if (fills.length === 0) return changes;
  const needed = fills.map(({ claim }) => streamName(claimKind, claim));
  const missing = needed.filter((stream) => !view.has(stream));
  if (missing.length > 0) return { needs: missing };

  const filled = collectChanges();
  const linesByClaim = new Map<ClaimId, PlacedLine[]>();
  for (const { stock, claim, location, units: filledUnits } of fills) {
    const line = { sku: stock.sku, location, units: units(filledUnits) };
    linesByClaim.set(claim, [...(linesByClaim.get(claim) ?? []), line]);
    const allocated = { claim, location, units: line.units, backordered: true };
    filled.stock(stock.sku, { type: 'StockAllocated', ...allocated });
  }
  for (const [claim, lines] of linesByClaim) {
    const order = orderOf(claim, view);
    filled.claim(claim, { type: 'BackorderFilled', claim, order, lines });
  }
  return merged(changes, filled.all());
}

function orderOf(claim: ClaimId, view: View): OrderId {
  const allocation = view.get(claimKind, claim);
  if (allocation.type !== 'allocation') throw new Error(`${claim} waits but is no allocation`);
  return allocation.order;
}

function fillsOf(stock: Stock, events: readonly StockEvent[], view: View, at: Instant): Fill[] {
  const catalog = view.get(catalogKind, catalogId);
  // An item that is saved now may be of a class that keeps less back.
  const saved = events.findLast((event) => event.type === 'ItemSaved');
  const { safetyStock } = rulesOf(catalog, saved?.productClass ?? stock.productClass);
  const cancelled = new Map<ClaimId, number>();
  const free = new Map<LocationCode, number>();
  // Where nothing happens just now, too: the catalog may have freed what was kept back.
  for (const [location, position] of stock.positions) {
    free.set(location, freeUnits(position, at) - safetyStock);
  }
  for (const event of events) {
    if (event.type === 'StockBackorderCancelled') {
      // Summed: two lines of one order may wait for the same SKU.
      cancelled.set(event.claim, (cancelled.get(event.claim) ?? 0) + event.units);
    }
    if (!('location' in event)) continue;
    const before = free.get(event.location) ?? -safetyStock;
    free.set(event.location, before + freedUnits(event, at));
  }
  const fills: Fill[] = [];
  for (const { claim, channel, units } of stock.backorders.slice(0, filledClaimsMax)) {
    let rest = units - (cancelled.get(claim) ?? 0);
    for (const location of locationsOf(catalog, channel) ?? []) {
      const filled = Math.min(rest, Math.max(0, free.get(location) ?? 0));
      if (filled <= 0) continue;
      free.set(location, (free.get(location) ?? 0) - filled);
      fills.push({ claim, location, units: filled });
      rest -= filled;
    }
  }
  return fills;
}

/** By how much a fact changes what is free at its location. */
function freedUnits(event: StockEvent, at: Instant): number {
  switch (event.type) {
    case 'StockReceived':
      return event.condition === 'SELLABLE' ? event.units : 0;
    case 'StockAdjusted':
    case 'StockCounted':
      return event.condition === 'SELLABLE' ? event.deltaUnits : 0;
    case 'StockMoved':
      return (
        (event.to === 'SELLABLE' ? event.units : 0) - (event.from === 'SELLABLE' ? event.units : 0)
      );
    case 'StockReservationReleased':
    case 'StockReservationExpired':
      // A hold whose time has passed holds nothing already.
      return event.expiresAt > at ? event.units : 0;
    case 'StockReservationExtended':
    case 'StockReservationPassed':
      // Its new end may have passed already: a decision that came late.
      return event.before > at && event.expiresAt <= at ? event.units : 0;
    case 'StockReserved':
    case 'StockAllocated':
      return -event.units;
    case 'StockAllocationReleased':
      return event.units - event.inspectedUnits;
    default:
      return 0;
  }
}

/** One change a stream: what was decided first, then what it made possible. */
function merged(
  first: readonly StreamChange<InventoryEvent>[],
  then: readonly StreamChange<InventoryEvent>[],
): readonly StreamChange<InventoryEvent>[] {
  const later = new Map(then.map((change) => [change.stream, change.events]));
  const both = first.map((change) => {
    const events = later.get(change.stream);
    later.delete(change.stream);
    return events ? { ...change, events: [...change.events, ...events] } : change;
  });
  return [...both, ...[...later].map(([stream, events]) => ({ stream, events }))];
}
