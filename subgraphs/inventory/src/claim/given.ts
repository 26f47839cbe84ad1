/** Reservations and allocations in the words of the trade; TEE in Berlin unless said otherwise. */
import type { Decision } from '@holdfast/chassis/decider';
import { specify } from '@holdfast/chassis/specification';
import type { View } from '@holdfast/chassis/stream-kind';
import type { AllocationMade, PlacedLine, WantedLine } from '@holdfast/schema/events';
import {
  allocationId,
  type BuyerHash,
  type ClaimId,
  defaultChannel,
  type LocationCode,
  orderId,
  type Sku,
} from '@holdfast/schema/identifiers';
import { units } from '@holdfast/schema/quantities';
import { catalogKind } from '../catalog/catalog.ts';
import type { CatalogEvent } from '../catalog/events.ts';
import { berlin, channelCode } from '../catalog/given.ts';
import { holdEnds, ofStock, reservation, seconds, t0, tee } from '../stock/given.ts';
import { undecidedEnd } from '../stock/holds.ts';
import { stockKind } from '../stock/stock.ts';
import { buyerKind } from './buyer.ts';
import type { InventoryEvent } from './changes.ts';
import { claimKind } from './claim.ts';
import type { ClaimEvent, ClaimOpened, ClaimPartHeld, WideEvent } from './events.ts';
import { decideWithinMs } from './open-claim.ts';
import type { ReserveStock } from './reserve.ts';
import { wideKind } from './wide.ts';

type AnyEvent = InventoryEvent | CatalogEvent;
export type Fact = { readonly stream: string; readonly event: AnyEvent };

export const kinds = [catalogKind, stockKind, claimKind, wideKind, buyerKind];

/** Everything is decided at `t0` unless said otherwise. */
export const specifyClaims = <Command, Answer, Rejection>(
  decide: (command: Command, view: View, at: number) => Decision<InventoryEvent, Answer, Rejection>,
  at = t0,
) => {
  const widened: (
    command: Command,
    view: View,
    at: number,
  ) => Decision<AnyEvent, Answer, Rejection> = decide;
  return specify({ kinds, at, decide: widened });
};

/** Units of one SKU at one location, e.g. `[TEE, BER, 3]`. */
export type Line = readonly [sku: Sku, location: LocationCode, units: number];

export const lineOf = ([of, location, count]: Line): PlacedLine => ({
  ...{ sku: of, location, units: units(count) },
});

export const ada = 'ada'.padEnd(43, '0') as BuyerHash;

export type Hold = {
  readonly buyer?: BuyerHash;
  readonly ends?: number;
  readonly latest?: number;
  readonly channel?: string;
};

export const reservationMade = (
  name: string,
  lines: readonly Line[],
  { buyer, ends = holdEnds, latest = t0 + seconds(1_800), channel = defaultChannel }: Hold = {},
) => ({
  ...{ type: 'ReservationMade' as const, claim: reservation(name) },
  ...{ channel: channelCode(channel), buyer, lines: lines.map(lineOf) },
  ...{ expiresAt: ends, latestExpiresAt: latest },
});

/** A hold as it stands: the claim's, the stock's and the buyer's facts. */
export function holding(name: string, lines: readonly Line[], hold: Hold = {}): Fact[] {
  const { buyer, ends = holdEnds } = hold;
  const claim = reservation(name);
  const skus = [...new Set(lines.map(([of]) => of))];
  return [
    ofClaim(claim, reservationMade(name, lines, hold)),
    ...lines.map((line) => {
      const { sku, ...placed } = lineOf(line);
      return ofStock(sku, { type: 'StockReserved', claim, ...placed, expiresAt: ends });
    }),
    ...(buyer === undefined ? [] : [ofBuyer(buyer, { type: 'BuyerHoldBegan', claim, skus })]),
  ];
}

export const ofClaim = (claim: ClaimId, event: ClaimEvent): Fact => ({
  ...{ stream: `claim/${claim}`, event },
});
const ofBuyer = (buyer: BuyerHash, event: InventoryEvent): Fact => ({
  ...{ stream: `buyer/${buyer}`, event },
});

/** `O1` to `O9`, as ids; each has one allocation. */
export const order = (name: string) =>
  orderId(`00000000-0000-7000-8000-1${name.slice(1).padStart(11, '0')}`, 'abcd');
export const allocation = (name: string): ClaimId => allocationId(order(name), 'abcd');

export const wantedLine = ([of, count]: readonly [Sku, number]): WantedLine => ({
  ...{ sku: of, units: units(count) },
});

export const allocationMade = (
  name: string,
  lines: readonly Line[],
  waiting: readonly (readonly [Sku, number])[] = [],
  { channel = defaultChannel as string, paymentGraceSeconds = 900 } = {},
): AllocationMade => ({
  ...{ type: 'AllocationMade', claim: allocation(name), order: order(name) },
  ...{ channel: channelCode(channel), lines: lines.map(lineOf) },
  ...{ backordered: waiting.map(wantedLine), paymentGraceSeconds },
});

/** Units bound to an order, and units that it waits for. */
export function allocating(
  name: string,
  lines: readonly Line[],
  waiting: readonly (readonly [Sku, number])[] = [],
  channel: string = defaultChannel,
): Fact[] {
  const claim = allocation(name);
  return [
    ...lines.map((line) => {
      const { sku, ...placed } = lineOf(line);
      return ofStock(sku, { type: 'StockAllocated', claim, ...placed, backordered: false });
    }),
    ...waiting.map(([of, count]) =>
      ofStock(of, {
        ...{ type: 'StockBackordered', claim, channel: channelCode(channel), units: units(count) },
      }),
    ),
    ofClaim(claim, allocationMade(name, lines, waiting, { channel })),
  ];
}

/** Wishes of one SKU: so many from anywhere, so many from a location. */
export type Wish = readonly [sku: Sku, anywhere: number, at?: readonly [LocationCode, number]];

export const reserve = (
  name: string,
  wish: number | readonly Wish[],
  more: Partial<ReserveStock> = {},
): ReserveStock => ({
  ...{ type: 'ReserveStock', claim: reservation(name), channel: defaultChannel },
  wanted: (typeof wish === 'number' ? [[tee, wish] as const] : wish).map(([of, anywhere, at]) => ({
    ...{ sku: of, anywhere, at: new Map(at ? [at] : []) },
  })),
  ...{ buyer: undefined, ttlSeconds: undefined, ...more },
});

type AnyDecision<Event> = Decision<Event, unknown, unknown>;

/** What was decided, without the streams it went to; a refusal as it is. */
export const factsOf = <Event>(decision: AnyDecision<Event>): readonly Event[] => {
  if (decision.type !== 'accepted') throw new Error(JSON.stringify(decision));
  return decision.changes.flatMap(({ events }) => events);
};

export const typesOf = (decision: AnyDecision<{ readonly type: string }>): string[] =>
  factsOf(decision).map(({ type }) => type);

export const berlinTees = (count: number): Line => [tee, berlin, count];

/** A part that waits for its claim's outcome, in the lane of TEE; its home is lane 1. */
export function partHeld(
  name: string,
  lines: readonly Line[],
  more: Partial<ClaimPartHeld> & { readonly ends?: number } = {},
): Fact[] {
  const { claim = reservation(name), buyer, held = lines.map(lineOf), ends, ...rest } = more;
  const skus = [...new Set(lines.map(([of]) => of))];
  return [
    ofClaim(claim, {
      ...{ type: 'ClaimPartHeld', claim, attempt: 1, lanes: [1, 2], order: undefined, buyer },
      ...{ channel: defaultChannel, lines: lines.map(lineOf), backordered: [], held, earlier: [] },
      ...rest,
    }),
    ...held.map(({ sku, location, units }) => {
      const reserved = { claim, location, units, expiresAt: ends ?? undecidedEnd };
      return ofStock(sku, { type: 'StockReserved', ...reserved });
    }),
    ...(buyer === undefined ? [] : [ofBuyer(buyer, { type: 'BuyerHoldBegan', claim, skus })]),
  ];
}

export const ofWide = (claim: ClaimId, event: WideEvent): Fact => ({
  ...{ stream: `wide/${claim}`, event },
});

/** Opened at `t0`, to be decided within 2 s. */
export const opened = (claim: ClaimId, more: Partial<ClaimOpened> = {}): Fact =>
  ofWide(claim, {
    ...{ type: 'ClaimOpened', claim, attempt: 1, lanes: [1, 2], lines: [], order: undefined },
    ...{ deadline: t0 + decideWithinMs, ...more },
  });
