/**
 * Proves offline that no commit promised more than was free before it: every commit folded again,
 * the law checked after each command, and at the end what the SKUs say of their claims against what
 * the claims say of themselves.
 */
import type { Commit } from '@holdfast/chassis/commit';
import { assert } from '@holdfast/chassis/decider';
import { sourceStream } from '@holdfast/chassis/stored/relane';
import { idOfStream, prefixOfStream } from '@holdfast/chassis/stream-kind';
import type { PlacedLine } from '@holdfast/schema/events';
import type { LocationCode, Sku } from '@holdfast/schema/identifiers';
import { catalogKind } from './catalog/catalog.ts';
import { type Claim, claimKind, evolveClaim, noClaim } from './claim/claim.ts';
import type { ClaimEvent } from './claim/events.ts';
import type { StockEvent } from './stock/events.ts';
import { checkStockLaw, emptyStock, evolveStock, type Stock, stockKind } from './stock/stock.ts';

export type InventoryFigures = {
  readonly skus: number;
  readonly claims: number;
  readonly promises: number;
};

export type InventoryVerifier = {
  /** @throws BrokenLaw with the breach */
  commit(commit: Commit): void;
  /** @throws BrokenLaw when SKUs and claims disagree */
  finish(): InventoryFigures;
};

const promising = new Set(['StockReserved', 'StockAllocated', 'StockReservationConverted']);

export function inventoryVerifier(): InventoryVerifier {
  const stocks = new Map<Sku, Stock>();
  // By lane: each has its own part of a claim over several.
  const claims = new Map<string, Claim>();
  let promises = 0;

  const foldStock = (sku: Sku, events: readonly StockEvent[], at: number) => {
    const stock = stocks.get(sku) ?? emptyStock(sku);
    stocks.set(sku, stock);
    for (const event of events) {
      if (promising.has(event.type)) promises += 1;
      evolveStock(stock, event, { at });
    }
    checkStockLaw(stock, events, at);
  };

  const foldClaim = (id: string, events: readonly ClaimEvent[]) => {
    claims.set(id, events.reduce(evolveClaim, claims.get(id) ?? noClaim()));
  };

  return {
    commit({ lane, entries, at }) {
      for (const { stream, events } of entries) {
        const prefix = prefixOfStream(stream);
        // A command's record may lie in a lane where it changed nothing.
        if (events.length === 0) continue;
        if (prefix === stockKind.prefix) {
          foldStock(idOfStream(stream) as Sku, events as readonly StockEvent[], at);
        } else if (prefix === claimKind.prefix) {
          foldClaim(`${lane} ${stream}`, events as readonly ClaimEvent[]);
        } else
          assert(
            prefix === catalogKind.prefix ||
              prefix === 'buyer' ||
              prefix === 'wide' ||
              stream === sourceStream,
            `${stream} is a stream of inventory`,
          );
      }
    },

    finish() {
      compareWithClaims(stocks, claims);
      return { skus: stocks.size, claims: claimsIn(claims), promises };
    },
  };
}

/** Parts of one claim in several lanes are one claim. */
const claimsIn = (parts: ReadonlyMap<string, Claim>): number =>
  new Set([...parts.keys()].map((part) => part.slice(part.indexOf(' ') + 1))).size;

/** A pledged hold has none: its units count as those of the claim it is pledged to. */
function linesHeldBy(claim: Claim): readonly PlacedLine[] {
  if (claim.type === 'tentative') return claim.held;
  if (claim.type === 'allocation') return claim.lines;
  return claim.type === 'reservation' && claim.status === 'active' ? claim.lines : [];
}

type Committed = { reserved: number; allocated: number };

/**
 * Conservation across streams: each unit that a SKU calls reserved or allocated is one claim's, and
 * the reverse.
 */
function compareWithClaims(stocks: ReadonlyMap<Sku, Stock>, claims: ReadonlyMap<string, Claim>) {
  const byPlace = new Map<string, Committed>();
  const add = (sku: Sku, location: LocationCode, what: keyof Committed, units: number) => {
    const place = `${sku} at ${location}`;
    const known = byPlace.get(place) ?? { reserved: 0, allocated: 0 };
    known[what] += units;
    byPlace.set(place, known);
  };
  for (const claim of claims.values()) {
    const what = claim.type === 'allocation' ? 'allocated' : 'reserved';
    for (const { sku, location, units } of linesHeldBy(claim)) add(sku, location, what, units);
  }
  for (const [sku, { positions }] of stocks) {
    for (const [location, { holds, allocated }] of positions) {
      const place = `${sku} at ${location}`;
      const claimed = byPlace.get(place) ?? { reserved: 0, allocated: 0 };
      byPlace.delete(place);
      assert(
        holds.units === claimed.reserved,
        `${place}: ${holds.units} reserved, claims say ${claimed.reserved}`,
      );
      assert(
        allocated === claimed.allocated,
        `${place}: ${allocated} allocated, claims say ${claimed.allocated}`,
      );
    }
  }
  const [stray] = byPlace.keys();
  assert(stray === undefined, `${stray} is claimed but has no position`);
}
