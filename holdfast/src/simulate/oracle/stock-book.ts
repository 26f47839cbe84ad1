/**
 * A second, simpler opinion on inventory: its whole log folded into plain maps, one unit of one
 * claim at a time.
 */
import type {
  CatalogFact,
  CommitmentFact,
  PhysicalFact,
  Rules,
  StockFact,
} from './inventory-facts.ts';

export type Hold = { readonly units: number; readonly expiresAt: number };

export type Place = {
  readonly conditions: Map<string, number>;
  /** By claim. */
  readonly holds: Map<string, Hold>;
  readonly allocated: Map<string, number>;
  readonly movements: { readonly at: number; readonly condition: string; readonly units: number }[];
};

export type SkuBook = {
  /** Facts so far. */
  version: number;
  exists: boolean;
  productClass: string;
  readonly places: Map<string, Place>;
  /** Units that claims wait for, oldest first. */
  readonly waiting: Map<string, { readonly channel: string; readonly units: number }>;
};

export type Line = { readonly sku: string; readonly location: string; readonly units: number };

export type ReservationBook = {
  readonly type: 'reservation';
  readonly status: 'active' | 'released' | 'expired' | 'converted';
  readonly channel: string;
  readonly buyer: string | undefined;
  readonly lines: readonly Line[];
  readonly expiresAt: number;
  readonly latestExpiresAt: number;
};

export type AllocationBook = {
  readonly type: 'allocation';
  readonly order: string;
  /** Units by SKU and location, as `keyOf` names them. */
  readonly units: Map<string, number>;
  /** Units by SKU. */
  readonly waiting: Map<string, number>;
  readonly paymentGraceSeconds: number;
};

export type ClaimBook =
  | ReservationBook
  | AllocationBook
  | { readonly type: 'refused'; readonly order: string };

export type CatalogBook = {
  version: number;
  readonly everywhere: string[];
  readonly channels: Map<string, readonly string[]>;
  readonly classes: Map<string, Rules>;
};

export type StockBook = {
  readonly skus: Map<string, SkuBook>;
  readonly claims: Map<string, ClaimBook>;
  readonly catalog: CatalogBook;
};

const defaultRules: Rules = {
  ...{ mode: 'RESERVATION', holdSeconds: 900, holdSecondsMax: 1_800 },
  ...{ paymentGraceSeconds: 900, backorder: 'NONE', safetyStock: 0 },
};

export const emptyBook = (): StockBook => ({
  skus: new Map(),
  claims: new Map(),
  catalog: { version: 0, everywhere: [], channels: new Map(), classes: new Map() },
});

export const keyOf = ({ sku, location }: Omit<Line, 'units'>): string => `${sku}@${location}`;

const getOrMake = <Value>(map: Map<string, Value>, key: string, make: () => Value): Value => {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
};

export const skuOf = ({ skus }: StockBook, sku: string): SkuBook =>
  getOrMake(skus, sku, () => ({
    ...{ version: 0, exists: false, productClass: 'default' },
    ...{ places: new Map(), waiting: new Map() },
  }));

export const placeOf = ({ places }: SkuBook, location: string): Place =>
  getOrMake(places, location, () => ({
    ...{ conditions: new Map(), holds: new Map(), allocated: new Map(), movements: [] },
  }));

export const rulesOf = ({ catalog, skus }: StockBook, sku: string): Rules =>
  catalog.classes.get(skus.get(sku)?.productClass ?? 'default') ?? defaultRules;

export const locationsOf = ({ everywhere, channels }: CatalogBook, channel: string) =>
  channel === 'default' ? everywhere : (channels.get(channel) ?? []);

const sum = (values: Iterable<number>): number =>
  [...values].reduce((total, each) => total + each, 0);

/** Sellable units that nobody has at `at`. */
export const freeUnits = (place: Place, at: number): number =>
  (place.conditions.get('SELLABLE') ?? 0) -
  sum(place.allocated.values()) -
  sum([...place.holds.values()].map(({ units, expiresAt }) => (expiresAt > at ? units : 0)));

export const add = (map: Map<string, number>, key: string, units: number) => {
  const left = (map.get(key) ?? 0) + units;
  if (left === 0) map.delete(key);
  else map.set(key, left);
};

export function noteCatalog({ catalog }: StockBook, fact: CatalogFact): void {
  catalog.version += 1;
  if (fact.type === 'ChannelSaved') catalog.channels.set(fact.code, fact.locations);
  else if (fact.type === 'ClassSaved') catalog.classes.set(fact.code, fact.rules);
  else if (!catalog.everywhere.includes(fact.code)) catalog.everywhere.push(fact.code);
}

export function noteStock(book: SkuBook, fact: StockFact, at: number) {
  book.version += 1;
  switch (fact.type) {
    case 'ItemSaved':
      book.exists = true;
      book.productClass = fact.productClass;
      return;
    case 'StockReceived':
    case 'StockAdjusted':
    case 'StockCounted':
    case 'StockMoved':
      return noteMovement(placeOf(book, fact.location), fact, at);
    default:
      return noteCommitment(book, fact, at);
  }
}

function move(place: Place, at: number, condition: string, units: number): void {
  place.conditions.set(condition, (place.conditions.get(condition) ?? 0) + units);
  place.movements.push({ at, condition, units });
}

function noteMovement(place: Place, fact: PhysicalFact, at: number) {
  if (fact.type === 'StockReceived') return move(place, at, fact.condition, fact.units);
  if (fact.type !== 'StockMoved') return move(place, at, fact.condition, fact.deltaUnits);
  move(place, at, fact.from, -fact.units);
  move(place, at, fact.to, fact.units);
}

function noteCommitment(book: SkuBook, fact: CommitmentFact, at: number) {
  switch (fact.type) {
    case 'StockReserved':
    case 'StockReservationExtended': {
      const { claim, units, expiresAt, location } = fact;
      placeOf(book, location).holds.set(claim, { units, expiresAt });
      return;
    }
    case 'StockReservationReleased':
    case 'StockReservationExpired':
      placeOf(book, fact.location).holds.delete(fact.claim);
      return;
    case 'StockReservationConverted':
      placeOf(book, fact.location).holds.delete(fact.claim);
      add(placeOf(book, fact.location).allocated, fact.allocation, fact.units);
      return;
    case 'StockAllocated':
      add(placeOf(book, fact.location).allocated, fact.claim, fact.units);
      if (fact.backordered) noteWaiting(book, fact.claim, -fact.units);
      return;
    case 'StockAllocationReleased': {
      const place = placeOf(book, fact.location);
      add(place.allocated, fact.claim, -fact.units);
      if (fact.inspectedUnits === 0) return;
      move(place, at, 'SELLABLE', -fact.inspectedUnits);
      move(place, at, 'QUALITY_INSPECTION', fact.inspectedUnits);
      return;
    }
    case 'StockBackordered':
      book.waiting.set(fact.claim, { channel: fact.channel, units: fact.units });
      return;
    case 'StockBackorderCancelled':
      return noteWaiting(book, fact.claim, -fact.units);
  }
}

function noteWaiting({ waiting }: SkuBook, claim: string, units: number): void {
  const known = waiting.get(claim);
  const left = (known?.units ?? 0) + units;
  if (left === 0) waiting.delete(claim);
  else waiting.set(claim, { channel: known?.channel ?? '', units: left });
}
