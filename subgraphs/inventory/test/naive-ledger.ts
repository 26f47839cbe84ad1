/** Inventory as a child would keep it: lists of what is where and whose, each fact applied to them one by one. */
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

export function naiveLedger(): NaiveLedger {
  const units: Unit[] = [];
  const holds: Commitment[] = [];
  const bound: Commitment[] = [];
  const waiting: { sku: string; claim: string }[] = [];
  const ends = new Map<string, number>();
  let broughtIn = 0;

  /** Takes so many out of a list, each of which must be there. */
  const take = <Thing>(list: Thing[], count: number, isIt: (thing: Thing) => boolean): Thing[] =>
    Array.from({ length: count }, () => {
      const at = list.findIndex(isIt);
      if (at < 0) throw new Error('what is taken away was never there');
      return list.splice(at, 1)[0]!;
    });
  const put = <Thing>(list: Thing[], count: number, make: () => Thing) => {
    for (let each = 0; each < count; each += 1) list.push(make());
  };
  const change = (sku: string, location: string, condition: StockCondition, delta: number) => {
    const isIt = (unit: Unit) =>
      unit.sku === sku && unit.location === location && unit.condition === condition;
    if (delta > 0) put(units, delta, () => ({ sku, location, condition }));
    else take(units, -delta, isIt);
  };
  const whose = (sku: string, location: string, claim: string, endsAt = endless) => ({
    ...{ sku, location, claim, endsAt },
  });
  const same = (wanted: Commitment) => (thing: Commitment) =>
    thing.sku === wanted.sku &&
    thing.location === wanted.location &&
    thing.claim === wanted.claim &&
    thing.endsAt === wanted.endsAt;

  const applyStock = (sku: string, event: StockEvent) => {
    switch (event.type) {
      case 'StockReceived':
        broughtIn += event.units;
        return change(sku, event.location, event.condition, event.units);
      case 'StockAdjusted':
      case 'StockCounted':
        broughtIn += event.deltaUnits;
        return change(sku, event.location, event.condition, event.deltaUnits);
      case 'StockMoved':
        change(sku, event.location, event.from, -event.units);
        return change(sku, event.location, event.to, event.units);
      case 'ItemSaved':
        return undefined;
      default:
        return applyCommitment(sku, event);
    }
  };

  const applyCommitment = (sku: string, event: StockEvent) => {
    if (!('claim' in event)) return;
    const { claim } = event;
    if (event.type === 'StockBackordered') {
      return put(waiting, event.units, () => ({ sku, claim }));
    }
    const waits = (one: { sku: string; claim: string }) => one.sku === sku && one.claim === claim;
    if (event.type === 'StockBackorderCancelled') return void take(waiting, event.units, waits);
    const { location } = event;
    if (event.type === 'StockAllocated') {
      put(bound, event.units, () => whose(sku, location, claim));
      if (event.backordered) take(waiting, event.units, waits);
      return;
    }
    if (event.type === 'StockAllocationReleased') {
      take(bound, event.units, same(whose(sku, location, claim)));
      change(sku, location, 'SELLABLE', -event.inspectedUnits);
      return change(sku, location, 'QUALITY_INSPECTION', event.inspectedUnits);
    }
    const hold = whose(sku, location, claim, event.expiresAt);
    if (event.type === 'StockReserved') return put(holds, event.units, () => hold);
    if (event.type === 'StockReservationExtended') {
      take(holds, event.units, same({ ...hold, endsAt: event.before }));
      return put(holds, event.units, () => hold);
    }
    take(holds, event.units, same(hold));
    if (event.type !== 'StockReservationConverted') return;
    put(bound, event.units, () => whose(sku, location, event.allocation));
  };

  const endingTypes = new Set([
    'ReservationReleased',
    'ReservationExpired',
    'ReservationConverted',
  ]);
  const at = (sku: Sku, location: LocationCode) => (thing: { sku: string; location: string }) =>
    thing.sku === sku && thing.location === location;

  const ledger: NaiveLedger = {
    apply({ stream, events }) {
      for (const event of events) {
        if (stream.startsWith('sku/')) applyStock(stream.slice(4), event as StockEvent);
        if (endingTypes.has(event.type)) ends.set(stream, (ends.get(stream) ?? 0) + 1);
      }
    },
    there: (sku, location, condition) =>
      units.filter(at(sku, location)).filter((unit) => unit.condition === condition).length,
    held: (sku, location, now) =>
      holds.filter(at(sku, location)).filter(({ endsAt }) => endsAt > now).length,
    allocated: (sku, location) => bound.filter(at(sku, location)).length,
    waiting: (of) => waiting.filter(({ sku }) => sku === of).length,
    free: (sku, location, now) =>
      ledger.there(sku, location, 'SELLABLE') -
      ledger.held(sku, location, now) -
      ledger.allocated(sku, location),
    endings: () => ends,
    broughtIn: () => broughtIn,
    onHand: () => units.length,
  };
  return ledger;
}

/** Nothing is lost and nothing appears. */
export const expectConserved = (ledger: NaiveLedger): void =>
  strictEqual(ledger.onHand(), ledger.broughtIn(), 'units that are there, and units brought in');
