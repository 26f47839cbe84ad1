/** What inventory's owners show of their streams, by name: see `Looks`. */
import type { Instant } from '@holdfast/chassis/clock';
import type { Outcome } from '@holdfast/chassis/commit';
import { streamName, type View } from '@holdfast/chassis/stream-kind';
import type { ClaimId, LocationCode, Sku } from '@holdfast/schema/identifiers';
import { catalogId, catalogKind, catalogStream } from './catalog/catalog.ts';
import { type Claim, claimKind } from './claim/claim.ts';
import type { ReservationAnswer } from './claim/reserve.ts';
import { wideKind } from './claim/wide.ts';
import { shownPosition, shownReservation } from './graphql/shown.ts';
import { stockKind } from './stock/stock.ts';

export type ShownHold = ReturnType<typeof shownReservation>;
type ShownPosition = ReturnType<typeof shownPosition>;

export const inventoryLooks = {
  nothing: () => undefined,

  /** Up to where the lane's decisions know the catalog. */
  catalogVersion: (view: View, _at: Instant, _: Outcome, _subject: undefined) =>
    view.get(catalogKind, catalogId).version,

  /** The reservation that an answer is about; after a retry it may have to be read first. */
  decidedHold: (view: View, at: Instant, outcome: Outcome, _: undefined) =>
    'accepted' in outcome ? holdOf(view, at, outcome.accepted as ReservationAnswer) : undefined,

  /** A reservation as of now. The owner's time may stand still while nothing happens. */
  hold: (
    view: View,
    at: Instant,
    _: Outcome,
    { claim, now, decided }: { claim: ClaimId; now: Instant; decided?: ReservationAnswer },
  ) => holdOf(view, Math.max(at, now), decided ?? { claim }),

  position: (
    view: View,
    at: Instant,
    outcome: Outcome,
    { sku, location }: { sku: Sku; location: LocationCode },
  ): ShownPosition | undefined =>
    'accepted' in outcome
      ? shownPosition(view.get(stockKind, sku), location, view.get(catalogKind, catalogId), at)
      : undefined,

  /** What a SKU's figures are made from, of who must know better than any projection. */
  stock: (view: View, _at: Instant, _: Outcome, sku: Sku) => view.get(stockKind, sku),
} as const;

export type InventoryLooks = typeof inventoryLooks;

/** What the command itself decided is shown as at first, the rest as of now. */
function holdOf(
  view: View,
  at: Instant,
  decided: Pick<ReservationAnswer, 'claim'> & Partial<ReservationAnswer>,
): ShownHold | undefined {
  if (!view.has(streamName(claimKind, decided.claim))) return undefined;
  const claim = wholeOf(view, decided.claim);
  if (claim?.type !== 'reservation') return undefined;
  const { expiresAt = claim.expiresAt, version = claim.version } = decided;
  return shownReservation(claim, view.get(catalogKind, catalogId), at, { expiresAt, version });
}

/** Of a claim over several lanes all lines, not this lane's part; undefined until it is read. */
function wholeOf(view: View, id: ClaimId): Claim | undefined {
  const claim = view.get(claimKind, id);
  if (!('lanes' in claim) || claim.lanes === undefined) return claim;
  if (!view.has(streamName(wideKind, id))) return undefined;
  const wide = view.get(wideKind, id);
  return wide.status === 'kept' ? wide.whole : undefined;
}

/** Streams that show a reservation at its home. One lane alone never has claims over several. */
export const streamsToShow = (id: ClaimId, laneCount: number): string[] => [
  streamName(claimKind, id),
  catalogStream,
  ...(laneCount > 1 ? [streamName(wideKind, id)] : []),
];
