/**
 * Holds whose units a new claim takes over: a buyer's own that it replaces, or the reservation that
 * an order names. While a claim over several lanes is being decided, their parts are pledged to it.
 */
import { type Needs, needs } from '@holdfast/chassis/decider';
import { streamName, type View } from '@holdfast/chassis/stream-kind';
import type { PlacedLine } from '@holdfast/schema/events';
import type { ClaimId, LocationCode, Sku } from '@holdfast/schema/identifiers';
import { units } from '@holdfast/schema/quantities';
import { undecidedEnd } from '../stock/holds.ts';
import { stockKind } from '../stock/stock.ts';
import { buyerKind } from './buyer.ts';
import type { Changes } from './changes.ts';
import { addLines, claimKind, isHeld, type Reservation } from './claim.ts';
import { wideKind } from './wide.ts';

/** Milliseconds since 1970, UTC. */
type Instant = number;

export type Earlier =
  | { readonly type: 'found'; readonly holds: readonly Reservation[] }
  /** One of them is being decided just now. */
  | { readonly type: 'wait' }
  | Needs;

/** True where the claim over several lanes has its stream of all lanes beside its part. */
export const isHomeOf = ({ lanes }: Pick<Reservation, 'lanes'>, lane: number): boolean =>
  lanes !== undefined && lanes[0] === lane;

/** Everything that a hold's end or pledge changes in this lane, beside its part. */
export const streamsOfPart = (hold: Reservation, lane: number): string[] => [
  ...new Set(hold.lines.map(({ sku }) => streamName(stockKind, sku))),
  ...(hold.buyer === undefined ? [] : [streamName(buyerKind, hold.buyer)]),
  ...(isHomeOf(hold, lane) ? [streamName(wideKind, hold.claim)] : []),
];

/** Of these claims those that are reservations here; all of them must be in view. */
export const reservationsOf = (claims: readonly ClaimId[], view: View): Reservation[] =>
  claims.map((claim) => view.get(claimKind, claim)).filter((claim) => claim.type === 'reservation');

export const streamsOfClaims = (claims: readonly ClaimId[]): string[] =>
  claims.map((claim) => streamName(claimKind, claim));

/** Of these claims the parts here that still hold anything. */
export function earlierHolds(
  claims: readonly ClaimId[],
  lane: number,
  view: View,
  at: Instant,
): Earlier {
  const missing = streamsOfClaims(claims).filter((stream) => !view.has(stream));
  if (missing.length > 0) return needs(missing);
  const parts = claims.map((claim) => view.get(claimKind, claim));
  if (parts.some(isBeingDecided)) return { type: 'wait' };
  const holds = parts.filter((part) => isHeld(part, at));
  // Each ends as a whole, so also the SKUs that the new claim does not want.
  const unseen = holds
    .flatMap((hold) => streamsOfPart(hold, lane))
    .filter((stream) => !view.has(stream));
  return unseen.length > 0 ? needs(unseen) : { type: 'found', holds };
}

export const isBeingDecided = (claim: { readonly type: string; readonly status?: string }) =>
  claim.type === 'tentative' || claim.status === 'pledged';

/** The parts are suspended, and their units held for `to` until it is decided. */
export function pledge(
  changes: Changes,
  holds: readonly Reservation[],
  to: ClaimId,
  lane: number,
): void {
  for (const hold of holds) {
    const { claim, expiresAt: before } = hold;
    changes.claim(claim, { type: 'ReservationPledged', claim, to });
    if (isHomeOf(hold, lane)) changes.wide(claim, { type: 'ReservationPledged', claim, to });
    for (const { sku, location, units } of hold.lines) {
      const passed = { claim, to, location, units, before, expiresAt: undecidedEnd };
      changes.stock(sku, { type: 'StockReservationPassed', ...passed });
    }
  }
}

/** The opposite: each has its own end again, also when that has passed meanwhile. */
export function giveBackPledged(
  changes: Changes,
  holds: readonly Reservation[],
  from: ClaimId,
  lane: number,
): void {
  for (const hold of holds) {
    const { claim, expiresAt } = hold;
    changes.claim(claim, { type: 'ReservationReturned', claim });
    if (isHomeOf(hold, lane)) changes.wide(claim, { type: 'ReservationReturned', claim });
    for (const { sku, location, units } of hold.lines) {
      const passed = { claim: from, to: claim, location, units, before: undecidedEnd, expiresAt };
      changes.stock(sku, { type: 'StockReservationPassed', ...passed });
    }
  }
}

export const linesOfHolds = (holds: readonly Reservation[]): PlacedLine[] =>
  holds.reduce<PlacedLine[]>((lines, hold) => addLines(lines, hold.lines), []);

export const unitsAt = (lines: readonly PlacedLine[], sku: Sku, location: LocationCode): number => {
  let sum = 0;
  for (const line of lines) {
    if (line.sku === sku && line.location === location) sum += line.units;
  }
  return sum;
};

/** What of `lines` is more than `others` have at the same place; nothing less than nothing. */
export const linesBeyond = (
  lines: readonly PlacedLine[],
  others: readonly PlacedLine[],
): PlacedLine[] =>
  addLines([], lines).flatMap((line) => {
    const more = line.units - unitsAt(others, line.sku, line.location);
    return more > 0 ? [{ ...line, units: units(more) }] : [];
  });
