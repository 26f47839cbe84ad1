/** Places the lines of an order; what is short waits where the class lets it. */
import type { PlacedLine, ShortSku, WantedLine } from '@holdfast/schema/events';
import { units } from '@holdfast/schema/quantities';
import { rulesOf } from '../catalog/catalog.ts';
import {
  type PlacedSku,
  type Placing,
  placeSku,
  shortfall,
  type WantedSku,
  withoutUndecided,
} from './place-units.ts';

export type PlacedOrder =
  | {
      readonly type: 'placed';
      readonly lines: readonly PlacedLine[];
      readonly backordered: readonly WantedLine[];
    }
  | { readonly type: 'short'; readonly shortfalls: readonly ShortSku[] }
  /** Short only because of claims that are not decided yet. */
  | { readonly type: 'wait' };

type PlacedLineOfOrder = PlacedSku & { readonly wanted: WantedSku; readonly mayWait: boolean };

function placeLine({ sku, units }: WantedLine, placing: Placing): PlacedLineOfOrder {
  const wanted: WantedSku = { sku, anywhere: units, at: new Map() };
  const { productClass } = placing.stockOf(sku);
  const mayWait = rulesOf(placing.catalog, productClass).backorder === 'UNLIMITED';
  return { wanted, mayWait, ...placeSku(wanted, placing) };
}

const isShort = ({ missingUnits, mayWait }: PlacedLineOfOrder) => missingUnits > 0 && !mayWait;

export function placeOrder(wanted: readonly WantedLine[], placing: Placing): PlacedOrder {
  const placed = wanted.map((line) => placeLine(line, placing));
  const short = placed.filter(isShort);
  if (short.length > 0) {
    const without = withoutUndecided(placing);
    if (!wanted.some((line) => isShort(placeLine(line, without)))) return { type: 'wait' };
    return { type: 'short', shortfalls: short.map((each) => shortfall(each.wanted, each)) };
  }
  return {
    type: 'placed',
    lines: placed.flatMap((each) => each.lines),
    backordered: placed
      .filter(({ missingUnits }) => missingUnits > 0)
      .map(({ wanted, missingUnits }) => ({ sku: wanted.sku, units: units(missingUnits) })),
  };
}
