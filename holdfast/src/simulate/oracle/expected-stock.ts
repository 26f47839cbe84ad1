/**
 * What counting, adjusting and moving should have changed, and how an order's request should have
 * ended.
 */
import type { OrderAllocationRequested } from '@holdfast/schema/events';
import type { InventoryCommand } from '../client.ts';
import { findUnits } from './expected-promises.ts';
import { type Place, rulesOf, type StockBook } from './stock-book.ts';

type StockCommand = Extract<
  InventoryCommand,
  { type: 'ReceiveStock' | 'AdjustStock' | 'CountStock' | 'MoveStock' }
>;

export type Physical =
  | { readonly type: 'refused'; readonly rejection: string }
  /**
   * By how many units each condition changes at the command's location; without those that do not.
   */
  | { readonly type: 'accepted'; readonly change: ReadonlyMap<string, number> };

const refused = (rejection: string): Physical => ({ type: 'refused', rejection });
const changed = (...change: (readonly [string, number])[]): Physical => ({
  type: 'accepted',
  change: new Map(change.filter(([, units]) => units !== 0)),
});

/** @returns undefined for a refusal that is not kept, and so says nothing */
export function expectedOfStock(
  book: StockBook,
  command: StockCommand,
  at: number,
): Physical | undefined {
  const place = book.skus.get(command.sku)?.places.get(command.location);
  switch (command.type) {
    case 'ReceiveStock':
      return changed([command.condition, command.units]);
    case 'AdjustStock': {
      const there = place?.conditions.get(command.condition) ?? 0;
      if (there + command.deltaUnits < 0) return refused('InsufficientStock');
      return changed([command.condition, command.deltaUnits]);
    }
    case 'MoveStock': {
      const there = place?.conditions.get(command.from) ?? 0;
      if (command.units > there) return refused('InsufficientStock');
      return changed([command.from, -command.units], [command.to, command.units]);
    }
    case 'CountStock':
      return expectedOfCount(place, command, at);
  }
}

function expectedOfCount(
  place: Place | undefined,
  command: Extract<StockCommand, { type: 'CountStock' }>,
  at: number,
): Physical | undefined {
  const { condition, units, compareUnits, includesUpTo = at } = command;
  const there = place?.conditions.get(condition) ?? 0;
  if (compareUnits !== undefined && compareUnits !== there) return refused('VersionConflict');
  const since = (place?.movements ?? [])
    .filter(
      (movement) => movement.condition === condition && movement.at > Math.min(includesUpTo, at),
    )
    .reduce((sum, movement) => sum + movement.units, 0);
  return units + since < 0 ? undefined : changed([condition, units + since - there]);
}

export type ExpectedAllocation =
  | { readonly type: 'none' }
  | { readonly type: 'converted' | 'ReservationGone' | 'InsufficientStock' }
  | { readonly type: 'allocated'; readonly waiting: ReadonlyMap<string, number> };

/** What an order's request should have come to, by the book before it. */
export function expectedOfRequest(
  book: StockBook,
  { claim, reservation, lines, channel }: OrderAllocationRequested,
  at: number,
): ExpectedAllocation {
  if (book.claims.has(claim)) return { type: 'none' };
  const hold = reservation === undefined ? undefined : book.claims.get(reservation);
  if (hold?.type === 'reservation') {
    if (hold.status === 'converted') return { type: 'ReservationGone' };
    if (hold.status === 'active' && hold.expiresAt > at) return { type: 'converted' };
  }
  const waiting = new Map<string, number>();
  for (const { sku, units } of lines) {
    const { missing } = findUnits(book, { sku, anywhere: units, at: new Map() }, channel, at);
    if (missing === 0) continue;
    if (rulesOf(book, sku).backorder !== 'UNLIMITED') return { type: 'InsufficientStock' };
    waiting.set(sku, missing);
  }
  return { type: 'allocated', waiting };
}

/** The shortest grace of the SKUs' classes. */
export const expectedGrace = (book: StockBook, { lines }: OrderAllocationRequested): number =>
  Math.min(...lines.map(({ sku }) => rulesOf(book, sku).paymentGraceSeconds));
