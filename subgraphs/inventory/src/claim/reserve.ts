/**
 * Reserving: many lines, all or nothing, by channel or by location, a buyer's own earlier hold
 * replaced.
 */
import { accept, type Decision, reject } from '@holdfast/chassis/decider';
import type { View } from '@holdfast/chassis/stream-kind';
import type { PlacedLine, ShortSku } from '@holdfast/schema/events';
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
import { earlierHolds, linesOfHolds, unitsAt } from './earlier-holds.ts';
import type { ClaimProblem } from './events.ts';
import { type Placing, placeAll, type WantedSku, withoutUndecided } from './place-units.ts';

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
  | { readonly type: 'InsufficientStock'; readonly shortfalls: readonly ShortSku[] }
  | NotHere;

/** It cannot be decided now, or not in this lane alone; never told to a caller. */
export type NotHere =
  /** What is missing is held by claims that are not decided yet: asked again soon. */
  | { readonly type: 'HoldsUndecided'; readonly notKept: true }
  /** An earlier hold that it replaces has parts in other lanes. */
  | { readonly type: 'SpansLanes'; readonly notKept: true };

/** What is wrong with a request whatever the stock. */
type RequestProblem = Exclude<ClaimProblem, { type: 'InsufficientStock' | 'ReservationGone' }>;

export const holdsUndecided = { type: 'HoldsUndecided', notKept: true } as const;
export const spansLanes = { type: 'SpansLanes', notKept: true } as const;

export type ReservationAnswer = {
  readonly claim: ClaimId;
  readonly expiresAt: Instant;
  readonly version: number;
};

export type ReserveDecision = Decision<InventoryEvent, ReservationAnswer, ReserveRejection>;

export function decideReserve(command: ReserveStock, view: View, at: Instant): ReserveDecision {
  const catalog = view.get(catalogKind, catalogId);
  const refusal = problemOfRequest(command, view, catalog);
  if (refusal) return reject(refusal);

  const earlier = holdsOfBuyer(command, view, at);
  if (earlier.type === 'needs') return earlier;
  if (earlier.type === 'wait') return reject(holdsUndecided);
  if (earlier.holds.some(({ lanes }) => lanes !== undefined)) return reject(spansLanes);
  const placing = placingOf(command, linesOfHolds(earlier.holds), view, at);
  const placed = placeAll(command.wanted, placing);
  if (placed.type === 'short') {
    const mayBeFree = placeAll(command.wanted, withoutUndecided(placing)).type === 'placed';
    const { shortfalls } = placed;
    return reject(mayBeFree ? holdsUndecided : { type: 'InsufficientStock', shortfalls });
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

export function problemOfRequest(
  command: Pick<ReserveStock, 'channel' | 'wanted'>,
  view: View,
  catalog: Catalog,
): RequestProblem | undefined {
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

/** The buyer's holds that this one replaces, as far as they still hold anything here. */
export function holdsOfBuyer(
  { buyer, wanted }: Pick<ReserveStock, 'buyer' | 'wanted'>,
  view: View,
  at: Instant,
  lane = 0,
) {
  if (buyer === undefined) return { type: 'found', holds: [] } as const;
  const skus = new Set(wanted.map(({ sku }) => sku));
  return earlierHolds(holdsSharing(view.get(buyerKind, buyer), skus), lane, view, at);
}

/** @param own lines of the asker's earlier holds, which count as free for it */
export function placingOf(
  { channel }: Pick<ReserveStock, 'channel'>,
  own: readonly PlacedLine[],
  view: View,
  at: Instant,
): Placing {
  const catalog = view.get(catalogKind, catalogId);
  return {
    catalog,
    locations: locationsOf(catalog, channel) ?? [],
    now: at,
    stockOf: (sku) => view.get(stockKind, sku),
    ownUnits: (sku, location) => unitsAt(own, sku, location),
  };
}

/**
 * Each class clamps the wish to its bound; the shortest hold of all classes holds for the whole
 * (contract.graphql).
 */
export const holdSeconds = (rules: readonly ClassRules[], wish: number | undefined): number =>
  Math.min(...rules.map((rule) => Math.min(wish ?? rule.holdSeconds, rule.holdSecondsMax)));
