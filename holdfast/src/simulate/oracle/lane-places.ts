/** What lies where, lane by lane, as far as promises look at it: by facts alone, in plain maps. */
import type { Breach } from './stock-law.ts';

/** The end of a hold whose claim is not decided yet. */
export const undecidedEnd = 8.64e15;

/** Facts of a SKU as far as they move units. */
export type StockFact = {
  readonly type: string;
  readonly claim: string;
  readonly to: string;
  readonly allocation: string;
  readonly location: string;
  readonly units: number;
  readonly expiresAt: number;
  readonly before: number;
  readonly inspectedUnits: number;
  readonly condition: string;
  readonly deltaUnits: number;
  readonly from: string;
};

export type Place = {
  sellable: number;
  allocated: number;
  /** By claim and end. */
  readonly holds: Map<string, { units: number; readonly endsAt: number }>;
};

/** By SKU and location, as `placeName` names them. */
export type LanePlaces = Map<string, Place>;

const placeName = (sku: string, location: string): string => `${sku} at ${location}`;

const freeUnits = ({ sellable, allocated, holds }: Place, at: number): number => {
  let free = sellable - allocated;
  for (const { units, endsAt } of holds.values()) if (endsAt > at) free -= units;
  return free;
};

/** Undefined where nothing ever was. */
export function freeAt(
  places: LanePlaces,
  sku: string,
  location: string,
  at: number,
): number | undefined {
  const place = places.get(placeName(sku, location));
  return place && freeUnits(place, at);
}

/** As if no claim that is not decided yet got anything. */
export function freeFirmly(places: LanePlaces, sku: string, location: string, at: number): number {
  const place = places.get(placeName(sku, location));
  if (!place) return 0;
  const undecided = [...place.holds.values()].filter(({ endsAt }) => endsAt === undecidedEnd);
  return freeUnits(place, at) + undecided.reduce((sum, { units }) => sum + units, 0);
}

export function noteStock(
  places: LanePlaces,
  firm: Map<string, number>,
  sku: string,
  fact: StockFact,
  at: number,
  breach: Breach,
): void {
  if (fact.location === undefined) return;
  const where = placeName(sku, fact.location);
  const place = places.get(where) ?? { sellable: 0, allocated: 0, holds: new Map() };
  places.set(where, place);
  const { units, claim } = fact;
  const hold = (of: string, endsAt: number, more: number) => {
    const key = `${of}\n${endsAt}`;
    const left = (place.holds.get(key)?.units ?? 0) + more;
    if (left < 0) breach('I2', `${of} gives ${-more} of ${where} and has ${left - more}`);
    if (left === 0) place.holds.delete(key);
    else place.holds.set(key, { units: left, endsAt });
  };
  const isPromise = fact.type === 'StockReserved' || fact.type === 'StockAllocated';
  if (isPromise && units > freeUnits(place, at)) {
    breach('I1', `${units} of ${where} are promised, ${freeUnits(place, at)} were free`);
  }
  const becomesFirm = (of: string) => {
    firm.set(`${of} ${where}`, (firm.get(`${of} ${where}`) ?? 0) + units);
  };
  switch (fact.type) {
    case 'StockReserved':
      return hold(claim, fact.expiresAt, units);
    case 'StockReservationExtended':
      if (fact.before === undecidedEnd) becomesFirm(claim);
      hold(claim, fact.before, -units);
      return hold(claim, fact.expiresAt, units);
    case 'StockReservationPassed':
      hold(claim, fact.before, -units);
      return hold(fact.to, fact.expiresAt, units);
    case 'StockReservationReleased':
    case 'StockReservationExpired':
      return hold(claim, fact.expiresAt, -units);
    case 'StockReservationConverted':
      if (fact.expiresAt === undecidedEnd) becomesFirm(fact.allocation);
      hold(claim, fact.expiresAt, -units);
      place.allocated += units;
      return;
    default:
      return notePhysical(place, fact, where, breach);
  }
}

function notePhysical(place: Place, fact: StockFact, where: string, breach: Breach): void {
  const sellable = 'SELLABLE';
  if (fact.type === 'StockAllocated') place.allocated += fact.units;
  if (fact.type === 'StockAllocationReleased') {
    place.allocated -= fact.units;
    place.sellable -= fact.inspectedUnits;
  }
  if (fact.type === 'StockReceived' && fact.condition === sellable) place.sellable += fact.units;
  if (fact.type === 'StockAdjusted' || fact.type === 'StockCounted') {
    if (fact.condition === sellable) place.sellable += fact.deltaUnits;
  }
  if (fact.type === 'StockMoved') {
    if (fact.from === sellable) place.sellable -= fact.units;
    if (fact.to === sellable) place.sellable += fact.units;
  }
  const { allocated } = place;
  if (place.sellable < 0 || allocated < 0) {
    breach('I1', `${where} has ${place.sellable} sellable and ${allocated} allocated`);
  }
}
