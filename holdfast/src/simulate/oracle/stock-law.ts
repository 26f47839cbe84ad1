/** What must hold of inventory at every fact and after every commit; each breach in words. */
import type { Invariant } from '../findings.ts';
import type { StockFact } from './inventory-facts.ts';
import {
  freeUnits,
  keyOf,
  locationsOf,
  placeOf,
  rulesOf,
  type SkuBook,
  type StockBook,
} from './stock-book.ts';

export type Breach = (invariant: Invariant, words: string) => void;

/** Before the fact is noted. */
export function checkFact(
  name: string,
  book: SkuBook,
  fact: StockFact,
  at: number,
  breach: Breach,
) {
  if (!('location' in fact) || !('claim' in fact)) {
    if (fact.type === 'StockBackorderCancelled') checkWaiting(name, book, fact, breach);
    return;
  }
  const where = `${name} at ${fact.location}`;
  const place = placeOf(book, fact.location);
  const held = place.holds.get(fact.claim);
  switch (fact.type) {
    case 'StockReserved':
    case 'StockAllocated': {
      const free = freeUnits(place, at);
      if (fact.units > free) {
        breach('I1', `${fact.units} units of ${where} are promised, and ${free} were free`);
      }
      if (fact.type === 'StockAllocated' && fact.backordered)
        checkWaiting(name, book, fact, breach);
      return;
    }
    case 'StockAllocationReleased': {
      const allocated = place.allocated.get(fact.claim) ?? 0;
      if (fact.units <= allocated) return;
      return breach('I1', `${fact.units} units of ${where} go back, of ${allocated} allocated`);
    }
    case 'StockReservationExtended':
      if (held?.expiresAt === fact.before && held.units === fact.units) return;
      return breach('I2', `the hold on ${where} that is extended is another than there is`);
    default:
      if (held?.expiresAt !== fact.expiresAt || held.units !== fact.units) {
        breach('I2', `the hold on ${where} that ends is another than there is`);
      }
      if (fact.type === 'StockReservationExpired' && at < fact.expiresAt) {
        breach('I10', `the hold of ${fact.claim} on ${where} expires before its time`);
      }
      if (fact.type === 'StockReservationConverted' && at >= fact.expiresAt) {
        breach('I10', `the hold of ${fact.claim} on ${where} is taken by an order after its end`);
      }
  }
}

function checkWaiting(
  name: string,
  { waiting }: SkuBook,
  { claim, units }: { readonly claim: string; readonly units: number },
  breach: Breach,
) {
  const waits = waiting.get(claim)?.units ?? 0;
  if (units > waits) breach('I1', `${claim} gets ${units} units of ${name} and waits for ${waits}`);
}

/**
 * After a commit: what the claims say and what the stock says is the same, and nobody waits beside
 * free stock.
 */
export function checkCommit(
  book: StockBook,
  touched: { readonly claims: ReadonlySet<string>; readonly places: ReadonlySet<string> },
  at: number,
  breach: Breach,
): void {
  for (const place of touched.places) {
    const [sku = '', location = ''] = place.split('@');
    checkConditions(book, sku, location, breach);
    checkNobodyWaits(book, sku, location, at, breach);
  }
  for (const claim of touched.claims) {
    checkClaim(book, claim, breach);
    checkBuyer(book, claim, at, breach);
  }
}

function checkConditions(book: StockBook, sku: string, location: string, breach: Breach): void {
  const place = book.skus.get(sku)?.places.get(location);
  for (const [condition, units] of place?.conditions ?? []) {
    if (units < 0) breach('I1', `${condition} of ${sku} at ${location} is ${units}`);
  }
}

function checkNobodyWaits(
  book: StockBook,
  sku: string,
  location: string,
  at: number,
  breach: Breach,
): void {
  const stock = book.skus.get(sku);
  const place = stock?.places.get(location);
  if (!stock || !place) return;
  const free = freeUnits(place, at) - rulesOf(book, sku).safetyStock;
  for (const [claim, { channel }] of stock.waiting) {
    if (free <= 0 || !locationsOf(book.catalog, channel).includes(location)) continue;
    breach('I1', `${claim} waits for ${sku} while ${free} units are free at ${location}`);
  }
}

function checkClaim(book: StockBook, id: string, breach: Breach): void {
  const claim = book.claims.get(id);
  const expected = new Map<string, number>();
  if (claim?.type === 'reservation' && claim.status === 'active') {
    for (const line of claim.lines) {
      expected.set(keyOf(line), (expected.get(keyOf(line)) ?? 0) + line.units);
    }
  }
  const allocated = claim?.type === 'allocation' ? claim.units : new Map<string, number>();
  const waiting = claim?.type === 'allocation' ? claim.waiting : new Map<string, number>();
  for (const [sku, stock] of book.skus) {
    if ((stock.waiting.get(id)?.units ?? 0) !== (waiting.get(sku) ?? 0)) {
      breach('I2', `${id} and ${sku} disagree about the units that wait`);
    }
    for (const [location, place] of stock.places) {
      const key = keyOf({ sku, location });
      const heldUnits = place.holds.get(id)?.units ?? 0;
      if (heldUnits !== (expected.get(key) ?? 0)) {
        breach(
          'I2',
          `${id} holds ${expected.get(key) ?? 0} of ${key}, its stock says ${heldUnits}`,
        );
      }
      if ((place.allocated.get(id) ?? 0) !== (allocated.get(key) ?? 0)) {
        breach('I2', `${id} and ${key} disagree about the units allocated`);
      }
    }
  }
}

/** A shopper is never blocked by a hold of their own: a newer one replaces it. */
function checkBuyer(book: StockBook, id: string, at: number, breach: Breach): void {
  const claim = book.claims.get(id);
  if (claim?.type !== 'reservation' || claim.status !== 'active' || !claim.buyer) return;
  const skus = new Set(claim.lines.map(({ sku }) => sku));
  for (const [other, held] of book.claims) {
    if (other === id || held.type !== 'reservation' || held.buyer !== claim.buyer) continue;
    if (held.status !== 'active' || held.expiresAt <= at) continue;
    if (!held.lines.some(({ sku }) => skus.has(sku))) continue;
    breach('I2', `${id} and ${other} are holds of one buyer on the same SKU`);
  }
}
