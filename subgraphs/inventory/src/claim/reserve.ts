/**
 * Reserving: many lines, all or nothing, by channel or by location, a buyer's own earlier hold
 * replaced.
 */
import { accept, type Decision, needs, reject } from '@holdfast/chassis/decider';
import { streamName, type View } from '@holdfast/chassis/stream-kind';
import type { ShortSku } from '@holdfast/schema/events';
import type {
  BuyerHash,
  ChannelCode,
  ClaimId,
  LocationCode,
  Sku,
} from '@holdfast/schema/identifiers';
import { type Catalog, catalogId, catalogKind, locationsOf, rulesOf } from '../catalog/catalog.ts';
import type { ClassRules } from '../catalog/events.ts';
import { stockKind } from '../stock/stock.ts';
import { buyerKind, holdsSharing } from './buyer.ts';
import { collectChanges, type InventoryEvent, releaseReservation } from './changes.ts';
import { claimKind, isHeld, type Reservation } from './claim.ts';
import { placeAll, type WantedSku } from './place-units.ts';

/** Milliseconds since 1970, UTC. */
type Instant = number;

export type ReserveStock = {
  readonly type: 'ReserveStock';
  /** New, and nobody else's. */
  readonly claim: ClaimId;
  readonly channel: ChannelCode;
  /** Summed per SKU. */
  readonly wanted: readonly WantedSku[];
  readonly buyer: BuyerHash | undefined;
  readonly ttlSeconds: number | undefined;
};

/** In order of precedence. */
export type ReserveRejection =
  | { readonly type: 'ChannelNotFound'; readonly notKept: true }
  | { readonly type: 'UnknownSku'; readonly skus: readonly Sku[]; readonly notKept: true }
  | {
      readonly type: 'LocationNotFound';
      readonly location: LocationCode;
      readonly notKept: true;
    }
  | {
      readonly type: 'LocationNotInChannel';
      readonly location: LocationCode;
      readonly notKept: true;
    }
  | { readonly type: 'AllocationOnly'; readonly sku: Sku }
  | { readonly type: 'InsufficientStock'; readonly shortfalls: readonly ShortSku[] };

export type ReservationAnswer = {
  readonly claim: ClaimId;
  readonly expiresAt: Instant;
  readonly version: number;
};

export type ReserveDecision = Decision<InventoryEvent, ReservationAnswer, ReserveRejection>;

export function decideReserve(command: ReserveStock, view: View, at: Instant): ReserveDecision {
  const catalog = view.get(catalogKind, catalogId);
  const refusal = refuse(command, view, catalog);
  if (refusal) return reject(refusal);

  const earlier = earlierHolds(command, view, at);
  if ('type' in earlier) return earlier;
  const placed = placeAll(command.wanted, {
    catalog,
    locations: locationsOf(catalog, command.channel) ?? [],
    now: at,
    stockOf: (sku) => view.get(stockKind, sku),
    ownUnits: (sku, location) => unitsAt(earlier.holds, sku, location),
  });
  if (placed.type === 'short') {
    return reject({ type: 'InsufficientStock', shortfalls: placed.shortfalls });
  }

  const { claim, channel, buyer, wanted } = command;
  const rules = wanted.map(({ sku }) => rulesOf(catalog, view.get(stockKind, sku).productClass));
  const expiresAt = at + 1_000 * holdSeconds(rules, command.ttlSeconds);
  const latestExpiresAt = at + 1_000 * Math.min(...rules.map((rule) => rule.holdSecondsMax));
  const changes = collectChanges();
  for (const hold of earlier.holds) releaseReservation(changes, hold, 'replaced');
  const made = { claim, channel, buyer, lines: placed.lines, expiresAt, latestExpiresAt };
  changes.claim(claim, { type: 'ReservationMade', ...made }, true);
  for (const line of placed.lines) {
    const { location, units } = line;
    changes.stock(line.sku, { type: 'StockReserved', claim, location, units, expiresAt });
  }
  changes.buyer(buyer, { type: 'BuyerHoldBegan', claim, skus: wanted.map(({ sku }) => sku) });
  return accept(changes.all(), { claim, expiresAt, version: 1 });
}

function refuse(command: ReserveStock, view: View, catalog: Catalog): ReserveRejection | undefined {
  const { channel, wanted } = command;
  const locations = locationsOf(catalog, channel);
  if (!locations) return { type: 'ChannelNotFound', notKept: true };
  const stocks = wanted.map(({ sku }) => view.get(stockKind, sku));
  const unknown = stocks.filter((stock) => !stock.exists).map((stock) => stock.sku);
  if (unknown.length > 0) return { type: 'UnknownSku', skus: unknown, notKept: true };
  for (const { at } of wanted) {
    for (const location of at.keys()) {
      if (!catalog.locations.has(location))
        return { type: 'LocationNotFound', location, notKept: true };
      if (!locations.includes(location)) {
        return { type: 'LocationNotInChannel', location, notKept: true };
      }
    }
  }
  const ordered = stocks.find(
    (stock) => rulesOf(catalog, stock.productClass).mode === 'ALLOCATION',
  );
  return ordered && { type: 'AllocationOnly', sku: ordered.sku };
}

/** The buyer's holds that this one replaces, as far as they still hold anything. */
function earlierHolds(command: ReserveStock, view: View, at: Instant) {
  if (command.buyer === undefined) return { holds: [] };
  const skus = new Set(command.wanted.map(({ sku }) => sku));
  const claims = holdsSharing(view.get(buyerKind, command.buyer), skus);
  const claimStreams = claims.map((claim) => streamName(claimKind, claim));
  const missing = claimStreams.filter((stream) => !view.has(stream));
  if (missing.length > 0) return needs(missing);
  const holds = claims
    .map((claim) => view.get(claimKind, claim))
    .filter((claim) => isHeld(claim, at));
  // Each is given back as a whole, so also the SKUs that the new hold does not want.
  const others = holds.flatMap(({ lines }) => lines.map(({ sku }) => streamName(stockKind, sku)));
  const missingStock = others.filter((stream) => !view.has(stream));
  return missingStock.length > 0 ? needs(missingStock) : { holds };
}

const unitsAt = (holds: readonly Reservation[], sku: Sku, location: LocationCode): number => {
  let units = 0;
  for (const { lines } of holds) {
    for (const line of lines) {
      if (line.sku === sku && line.location === location) units += line.units;
    }
  }
  return units;
};

/**
 * Each class clamps the wish to its bound; the shortest hold of all classes holds for the whole
 * (contract.graphql).
 */
const holdSeconds = (rules: readonly ClassRules[], wish: number | undefined): number =>
  Math.min(...rules.map((rule) => Math.min(wish ?? rule.holdSeconds, rule.holdSecondsMax)));
