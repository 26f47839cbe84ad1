/**
 * Inventory as a child would keep it: lists of what is where and whose, each fact applied to them
 * one by one.
 */
import { strictEqual } from 'node:assert/strict';
import type { StreamChange } from '@holdfast/chassis/decider';
import type { LocationCode, Sku } from '@holdfast/schema/identifiers';
import type { StockCondition } from '@holdfast/schema/quantities';
import type { CatalogEvent } from '../src/catalog/events.ts';
import type { InventoryEvent } from '../src/claim/changes.ts';
import type { StockEvent } from '../src/stock/events.ts';

type Unit = { sku: string; location: string; condition: StockCondition };
type Commitment = {
  readonly sku: string;
  readonly location: string;
  readonly claim: string;
  readonly endsAt: number;
};

export type NaiveLedger = {
  apply(change: StreamChange<InventoryEvent | CatalogEvent>): void;
  /** Units of a condition that are there. */
  there(sku: Sku, location: LocationCode, condition: StockCondition): number;
  held(sku: Sku, location: LocationCode, now: number): number;
  allocated(sku: Sku, location: LocationCode): number;
  waiting(sku: Sku): number;
  /** Sellable units that nobody has. */
  free(sku: Sku, location: LocationCode, now: number): number;
  /** How often a reservation has ended. */
  endings(): ReadonlyMap<string, number>;
  /** Units ever brought in less those ever taken out, by everything but time and claims. */
  broughtIn(): number;
  onHand(): number;
};

const endless = Number.POSITIVE_INFINITY;

/** The lists that a child keeps: one thing for each unit. */
function emptyBooks() {
  return {
    units: [] as Unit[],
    holds: [] as Commitment[],
    bound: [] as Commitment[],
    waiting: [] as { sku: string; claim: string }[],
    ends: new Map<string, number>(),
    broughtIn: 0,
  };
}
type Books = ReturnType<typeof emptyBooks>;

/** Takes so many out of a list, each of which must be there. */
function take<Thing>(list: Thing[], count: number, isIt: (thing: Thing) => boolean): void {
  for (let each = 0; each < count; each += 1) {
    const at = list.findIndex(isIt);
    if (at < 0) throw new Error('what is taken away was never there');
    list.splice(at, 1);
  }
}

function put<Thing>(list: Thing[], count: number, make: () => Thing): void {
  for (let each = 0; each < count; each += 1) list.push(make());
}

type Place = { readonly sku: string; readonly location: string };

function change(
  { units }: Books,
  { sku, location }: Place,
  condition: StockCondition,
  delta: number,
) {
  const isIt = (unit: Unit) =>
    unit.sku === sku && unit.location === location && unit.condition === condition;
  if (delta > 0) put(units, delta, () => ({ sku, location, condition }));
  else take(units, -delta, isIt);
}

const same = (wanted: Commitment) => (thing: Commitment) =>
  thing.sku === wanted.sku &&
  thing.location === wanted.location &&
  thing.claim === wanted.claim &&
  thing.endsAt === wanted.endsAt;

function applyStock(books: Books, sku: string, event: StockEvent) {
  switch (event.type) {
    case 'StockReceived':
      books.broughtIn += event.units;
      return change(books, { sku, ...event }, event.condition, event.units);
    case 'StockAdjusted':
    case 'StockCounted':
      books.broughtIn += event.deltaUnits;
      return change(books, { sku, ...event }, event.condition, event.deltaUnits);
    case 'StockMoved':
      change(books, { sku, ...event }, event.from, -event.units);
      return change(books, { sku, ...event }, event.to, event.units);
    case 'ItemSaved':
      return;
    default:
      return applyCommitment(books, sku, event);
  }
}

type Physical = 'ItemSaved' | 'StockReceived' | 'StockAdjusted' | 'StockCounted' | 'StockMoved';

function applyCommitment(
  books: Books,
  sku: string,
  event: Exclude<StockEvent, { type: Physical }>,
) {
  const { holds, bound, waiting } = books;
  const { claim } = event;
  const waits = (one: { sku: string; claim: string }) => one.sku === sku && one.claim === claim;
  if (event.type === 'StockBackordered') {
    return put(waiting, event.units, () => ({ sku, claim }));
  }
  if (event.type === 'StockBackorderCancelled') return take(waiting, event.units, waits);
  const { location } = event;
  const own = { sku, location, claim, endsAt: endless };
  if (event.type === 'StockAllocated') {
    put(bound, event.units, () => own);
    return event.backordered ? take(waiting, event.units, waits) : undefined;
  }
  if (event.type === 'StockAllocationReleased') {
    take(bound, event.units, same(own));
    change(books, own, 'SELLABLE', -event.inspectedUnits);
    return change(books, own, 'QUALITY_INSPECTION', event.inspectedUnits);
  }
  const hold = { ...own, endsAt: event.expiresAt };
  if (event.type === 'StockReserved') return put(holds, event.units, () => hold);
  if (event.type === 'StockReservationExtended') {
    take(holds, event.units, same({ ...own, endsAt: event.before }));
    return put(holds, event.units, () => hold);
  }
  take(holds, event.units, same(hold));
  if (event.type !== 'StockReservationConverted') return;
  put(bound, event.units, () => ({ ...own, claim: event.allocation }));
}

const endings = new Set(['ReservationReleased', 'ReservationExpired', 'ReservationConverted']);
const at = (sku: Sku, location: LocationCode) => (thing: Place) =>
  thing.sku === sku && thing.location === location;

export function naiveLedger(): NaiveLedger {
  const books = emptyBooks();
  const { units, holds, bound, ends } = books;
  const ledger: NaiveLedger = {
    apply({ stream, events }) {
      for (const event of events) {
        if (stream.startsWith('sku/')) applyStock(books, stream.slice(4), event as StockEvent);
        if (endings.has(event.type)) ends.set(stream, (ends.get(stream) ?? 0) + 1);
      }
    },
    there: (sku, location, condition) =>
      units.filter(at(sku, location)).filter((unit) => unit.condition === condition).length,
    held: (sku, location, now) =>
      holds.filter(at(sku, location)).filter(({ endsAt }) => endsAt > now).length,
    allocated: (sku, location) => bound.filter(at(sku, location)).length,
    waiting: (of) => books.waiting.filter(({ sku }) => sku === of).length,
    free: (sku, location, now) =>
      ledger.there(sku, location, 'SELLABLE') -
      ledger.held(sku, location, now) -
      ledger.allocated(sku, location),
    endings: () => ends,
    broughtIn: () => books.broughtIn,
    onHand: () => units.length,
  };
  return ledger;
}

/** Nothing is lost and nothing appears. */
export const expectConserved = (ledger: NaiveLedger): void =>
  strictEqual(ledger.onHand(), ledger.broughtIn(), 'units that are there, and units brought in');
