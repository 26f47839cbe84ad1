/**
 * Finds the locations for what is wanted: the one place where "may this be promised?" turns into
 * units at locations.
 */
import type { PlacedLine, ShortSku } from '@holdfast/schema/events';
import type { LocationCode, Sku } from '@holdfast/schema/identifiers';
import { units } from '@holdfast/schema/quantities';
import { type Catalog, rulesOf } from '../catalog/catalog.ts';
import { undecidedUnits } from '../stock/holds.ts';
import { availableToPromise } from '../stock/position.ts';
import type { Stock } from '../stock/stock.ts';

/** Milliseconds since 1970, UTC. */
type Instant = number;

/** What is wanted of one SKU, summed over all lines of a request. */
export type WantedSku = {
  readonly sku: Sku;
  /** From anywhere in the channel. */
  readonly anywhere: number;
  /** From these locations and no other. */
  readonly at: ReadonlyMap<LocationCode, number>;
};

export type Placing = {
  readonly catalog: Catalog;
  /** The channel's, in order of preference. */
  readonly locations: readonly LocationCode[];
  readonly now: Instant;
  readonly stockOf: (sku: Sku) => Stock;
  /** Units that the asker holds there already and gives up for this. */
  readonly ownUnits: (sku: Sku, location: LocationCode) => number;
};

export type PlacedSku = {
  readonly lines: readonly PlacedLine[];
  /** Units for which there is no place. */
  readonly missingUnits: number;
};

/**
 * Places one SKU: wished locations first, then the rest in the channel's order of preference, split
 * if need be.
 *
 * @returns lines summing to what could be placed; `missingUnits` is what could not
 */
export function placeSku(wanted: WantedSku, placing: Placing): PlacedSku {
  const stock = placing.stockOf(wanted.sku);
  const { safetyStock } = rulesOf(placing.catalog, stock.productClass);
  const lines = new Map<LocationCode, number>();
  let missingUnits = 0;

  const take = (location: LocationCode, wish: number): number => {
    const own = placing.ownUnits(wanted.sku, location);
    const position = stock.positions.get(location);
    const taken = lines.get(location) ?? 0;
    const free = availableToPromise(position, safetyStock, placing.now, own) - taken;
    const found = Math.min(wish, Math.max(0, free));
    if (found > 0) lines.set(location, taken + found);
    return found;
  };

  for (const [location, wish] of wanted.at) missingUnits += wish - take(location, wish);
  let rest = wanted.anywhere;
  for (const location of placing.locations) {
    if (rest === 0) break;
    rest -= take(location, rest);
  }
  return {
    lines: [...lines].map(([location, found]) => ({
      sku: wanted.sku,
      location,
      units: units(found),
    })),
    missingUnits: missingUnits + rest,
  };
}

export const wantedUnits = ({ anywhere, at }: WantedSku): number =>
  [...at.values()].reduce((sum, wish) => sum + wish, anywhere);

/** How one SKU falls short, in the terms of the request. */
export const shortfall = (wanted: WantedSku, { missingUnits }: PlacedSku): ShortSku => ({
  sku: wanted.sku,
  requestedUnits: units(wantedUnits(wanted)),
  availableUnits: wantedUnits(wanted) - missingUnits,
});

export type Placed =
  | { readonly type: 'placed'; readonly lines: readonly PlacedLine[] }
  | { readonly type: 'short'; readonly shortfalls: readonly ShortSku[] };

/**
 * As if no claim that is not decided yet got anything. Who is short only because of them waits:
 * they may all be refused, and then a "no" would have been false.
 */
export const withoutUndecided = (placing: Placing): Placing => ({
  ...placing,
  ownUnits(sku, location) {
    const position = placing.stockOf(sku).positions.get(location);
    const undecided = position ? undecidedUnits(position.holds) : 0;
    return placing.ownUnits(sku, location) + undecided;
  },
});

/** All of it, or every SKU that is short. */
export function placeAll(wanted: readonly WantedSku[], placing: Placing): Placed {
  const placed = wanted.map((each) => ({ wanted: each, ...placeSku(each, placing) }));
  const short = placed.filter(({ missingUnits }) => missingUnits > 0);
  if (short.length === 0) return { type: 'placed', lines: placed.flatMap(({ lines }) => lines) };
  return { type: 'short', shortfalls: short.map((each) => shortfall(each.wanted, each)) };
}
