/** What happens to a reservation after it was made: extended, given back, expired. */
import { accept, type Decision, needs, reject } from '@holdfast/chassis/decider';
import { streamName, type View } from '@holdfast/chassis/stream-kind';
import type { ClaimId } from '@holdfast/schema/identifiers';
import { stockKind } from '../stock/stock.ts';
import { buyerKind } from './buyer.ts';
import {
  collectChanges,
  endReservation,
  held,
  type InventoryEvent,
  releaseReservation,
} from './changes.ts';
import { claimKind, isHeld, type Reservation, statusOf } from './claim.ts';
import { holdsUndecided, type NotHere, type ReservationAnswer } from './reserve.ts';
import { decideWideLife, type ExtendClaim, type ExtendLanesFirst } from './wide-life.ts';

/** Milliseconds since 1970, UTC. */
type Instant = number;

export type ExtendReservation = {
  readonly type: 'ExtendReservation';
  readonly claim: ClaimId;
  readonly ttlSeconds: number;
};
export type ReleaseReservation = { readonly type: 'ReleaseReservation'; readonly claim: ClaimId };
/** The stream's own time has come. */
export type ExpireReservation = { readonly type: 'ExpireReservation'; readonly claim: ClaimId };

/** Gives back for an order that was cancelled and named it; whatever it was, it is over then. */
export type CancelHold = { readonly type: 'CancelHold'; readonly claim: ClaimId };

export type HoldLifeCommand =
  | ExtendReservation
  | ReleaseReservation
  | ExpireReservation
  | CancelHold
  | ExtendClaim;

/** In order of precedence. */
export type HoldLifeRejection =
  | { readonly type: 'ReservationNotFound'; readonly notKept: true }
  | { readonly type: 'ReservationEnded'; readonly status: 'CONVERTED' | 'RELEASED' | 'EXPIRED' }
  | NotHere
  | ExtendLanesFirst;

export type HoldLifeDecision = Decision<InventoryEvent, ReservationAnswer, HoldLifeRejection>;

const notFound: HoldLifeDecision = reject({ type: 'ReservationNotFound', notKept: true });
const nobody: ReservationAnswer = { claim: '' as ClaimId, expiresAt: 0, version: 0 };

export function decideHoldLife(
  command: HoldLifeCommand,
  view: View,
  at: Instant,
): HoldLifeDecision {
  const claim = view.get(claimKind, command.claim);
  if (claim.type === 'reservation' && claim.lanes && command.type !== 'ExpireReservation') {
    return decideWideLife(command, claim, view, at);
  }
  if (claim.type === 'tentative') return reject(holdsUndecided);
  if (claim.type !== 'reservation') {
    return command.type === 'CancelHold' ? accept([], nobody) : notFound;
  }
  if (claim.status === 'pledged' && command.type !== 'ExpireReservation') {
    return reject(holdsUndecided);
  }
  const missing = streamsOfHold(claim).filter((stream) => !view.has(stream));
  if (missing.length > 0) return needs(missing);
  switch (command.type) {
    case 'ExtendReservation':
    case 'ExtendClaim':
      return extend(command, claim, at);
    case 'ReleaseReservation':
      return release(claim, at);
    case 'CancelHold':
      return isHeld(claim, at) ? release(claim, at, 'cancelled') : accept([], answerOf(claim));
    case 'ExpireReservation':
      return expire(claim, at);
  }
}

/** Everything that a reservation's end changes beside its own stream. */
export const streamsOfHold = ({ lines, buyer }: Reservation): string[] => [
  ...new Set(lines.map(({ sku }) => streamName(stockKind, sku))),
  ...(buyer === undefined ? [] : [streamName(buyerKind, buyer)]),
];

export const answerOf = ({ claim, expiresAt, version }: Reservation): ReservationAnswer => ({
  ...{ claim, expiresAt, version },
});

const extend = (
  { ttlSeconds }: { readonly ttlSeconds: number },
  hold: Reservation,
  at: Instant,
): HoldLifeDecision => {
  const status = statusOf(hold, at);
  if (status !== 'ACTIVE') return reject({ type: 'ReservationEnded', status });
  const { claim, lines } = hold;
  const expiresAt = Math.min(at + 1_000 * ttlSeconds, hold.latestExpiresAt);
  if (expiresAt === hold.expiresAt) return accept([], answerOf(hold));
  const changes = collectChanges();
  changes.claim(claim, { type: 'ReservationExtended', claim, expiresAt });
  for (const line of lines) {
    const units = { ...held(hold, line), before: hold.expiresAt, expiresAt };
    changes.stock(line.sku, { type: 'StockReservationExtended', ...units });
  }
  return accept(changes.all(), { claim, expiresAt, version: hold.version + 1 });
};

/**
 * Giving back what has ended by itself changes nothing and is no mistake; an order's units are not
 * the buyer's to give.
 */
const release = (
  hold: Reservation,
  at: Instant,
  reason: 'given back' | 'cancelled' = 'given back',
): HoldLifeDecision => {
  if (hold.status === 'converted') return reject({ type: 'ReservationEnded', status: 'CONVERTED' });
  if (!isHeld(hold, at)) return accept([], answerOf(hold));
  const changes = collectChanges();
  releaseReservation(changes, hold, reason);
  return accept(changes.all(), { ...answerOf(hold), version: hold.version + 1 });
};

const expire = (hold: Reservation, at: Instant): HoldLifeDecision => {
  // Extended, converted or given back since the timer was set; or the lane's clock is behind the
  // one that woke it.
  if (hold.status !== 'active' || hold.expiresAt > at) return accept([], answerOf(hold));
  const changes = collectChanges();
  endReservation(changes, hold, { type: 'ReservationExpired', claim: hold.claim }, (line) => ({
    type: 'StockReservationExpired',
    ...held(hold, line),
  }));
  return accept(changes.all(), { ...answerOf(hold), version: hold.version + 1 });
};
