/**
 * What inventory should have answered to whoever wants units: by the book as it was, without the
 * shipped rules.
 */
import type { InventoryCommand } from '../client.ts';
import {
  freeUnits,
  keyOf,
  locationsOf,
  type ReservationBook,
  rulesOf,
  type StockBook,
} from './stock-book.ts';

type ReserveStock = Extract<InventoryCommand, { type: 'ReserveStock' }>;
type HoldLife = Extract<InventoryCommand, { type: 'ExtendReservation' | 'ReleaseReservation' }>;

/** The answer as far as it matters: refused with facts, or accepted. */
export type Expected =
  | { readonly type: 'refused'; readonly rejection: object }
  | { readonly type: 'accepted'; readonly expiresAt?: number };

type Wish = {
  readonly sku: string;
  readonly anywhere: number;
  readonly at: ReadonlyMap<string, number>;
};

export type Found = { readonly units: ReadonlyMap<string, number>; readonly missing: number };

/** Where the units of one SKU are found, with those that the asker would give up. */
export function findUnits(
  book: StockBook,
  { sku, anywhere, at: wished }: Wish,
  channel: string,
  at: number,
  own: (location: string) => number = () => 0,
): Found {
  const { safetyStock } = rulesOf(book, sku);
  const units = new Map<string, number>();
  const take = (location: string, wish: number): number => {
    const place = book.skus.get(sku)?.places.get(location);
    const free = place ? freeUnits(place, at) + own(location) - safetyStock : 0;
    const taken = units.get(location) ?? 0;
    const found = Math.min(wish, Math.max(0, free - taken));
    if (found > 0) units.set(location, taken + found);
    return found;
  };
  let missing = 0;
  for (const [location, wish] of wished) missing += wish - take(location, wish);
  let rest = anywhere;
  for (const location of locationsOf(book.catalog, channel)) rest -= take(location, rest);
  return { units, missing: missing + rest };
}

const activeHold = (book: StockBook, claim: string, at: number): ReservationBook | undefined => {
  const known = book.claims.get(claim);
  return known?.type === 'reservation' && known.status === 'active' && known.expiresAt > at
    ? known
    : undefined;
};

export function expectedOfReserve(book: StockBook, wish: ReserveStock, at: number): Expected {
  const skus = wish.wanted.map(({ sku }) => String(sku));
  const ordered = skus.find((sku) => rulesOf(book, sku).mode === 'ALLOCATION');
  if (ordered !== undefined) {
    return { type: 'refused', rejection: { type: 'AllocationOnly', sku: ordered } };
  }
  const own = new Map<string, number>();
  for (const claim of book.claims.keys()) {
    const hold = activeHold(book, claim, at);
    if (!hold || wish.buyer === undefined || hold.buyer !== wish.buyer) continue;
    if (!hold.lines.some(({ sku }) => skus.includes(sku))) continue;
    for (const line of hold.lines) own.set(keyOf(line), (own.get(keyOf(line)) ?? 0) + line.units);
  }
  const shortfalls = wish.wanted.flatMap((wanted) => {
    const { sku } = wanted;
    const ownAt = (location: string) => own.get(keyOf({ sku, location })) ?? 0;
    const { missing } = findUnits(book, wanted, wish.channel, at, ownAt);
    const requestedUnits = [...wanted.at.values()].reduce(
      (sum, each) => sum + each,
      wanted.anywhere,
    );
    return missing > 0 ? [{ sku, requestedUnits, availableUnits: requestedUnits - missing }] : [];
  });
  if (shortfalls.length > 0) {
    return { type: 'refused', rejection: { type: 'InsufficientStock', shortfalls } };
  }
  const seconds = skus.map((sku) => {
    const { holdSeconds, holdSecondsMax } = rulesOf(book, sku);
    return Math.min(wish.ttlSeconds ?? holdSeconds, holdSecondsMax);
  });
  return { type: 'accepted', expiresAt: at + 1_000 * Math.min(...seconds) };
}

export function expectedOfHoldLife(
  book: StockBook,
  command: HoldLife,
  at: number,
): Expected | undefined {
  const known = book.claims.get(command.claim);
  if (known?.type !== 'reservation') return undefined;
  const isActive = activeHold(book, command.claim, at) !== undefined;
  const status = known.status === 'active' ? 'EXPIRED' : known.status.toUpperCase();
  const ended: Expected = { type: 'refused', rejection: { type: 'ReservationEnded', status } };
  if (command.type === 'ExtendReservation') {
    const expiresAt = Math.min(at + 1_000 * command.ttlSeconds, known.latestExpiresAt);
    return isActive ? { type: 'accepted', expiresAt } : ended;
  }
  return known.status === 'converted' ? ended : { type: 'accepted' };
}
