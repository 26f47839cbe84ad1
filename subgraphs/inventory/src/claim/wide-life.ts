/**
 * A reservation over several lanes after it was kept. Its home decides; a part never ends before
 * its claim does, so a longer life is told to the lanes first and a shorter one to home alone.
 */
import { accept, type Decision, needs, reject } from '@holdfast/chassis/decider';
import { streamName, type View } from '@holdfast/chassis/stream-kind';
import type { ClaimId } from '@holdfast/schema/identifiers';
import { type Changes, collectChanges, held, type InventoryEvent } from './changes.ts';
import { claimKind, isHeld, type Reservation, statusOf } from './claim.ts';
import { isBeingDecided, streamsOfPart } from './earlier-holds.ts';
import type { HoldLifeCommand, HoldLifeDecision } from './hold-life.ts';
import { holdsUndecided, type NotHere, type ReservationAnswer } from './reserve.ts';
import { endPart } from './settle-part.ts';
import { type HoldEnding, wideKind } from './wide.ts';

/** Milliseconds since 1970, UTC. */
type Instant = number;

/**
 * Extends at home, now that the other lanes hold their parts for so long; or notes there that one
 * of them has lapsed, so that a retry hears the same.
 */
export type ExtendClaim = {
  readonly type: 'ExtendClaim';
  readonly claim: ClaimId;
  readonly ttlSeconds: number;
  /** `lapsed`: in one of them its time has come, and its units are free already. */
  readonly lanesHoldUntil: Instant | 'lapsed';
};

/** The other lanes first; not told to a caller. */
export type ExtendLanesFirst = {
  readonly type: 'ExtendLanesFirst';
  readonly lanes: readonly number[];
  readonly until: Instant;
  readonly notKept: true;
};

/** @param part the home's own, of a claim over several lanes */
export function decideWideLife(
  command: Exclude<HoldLifeCommand, { type: 'ExpireReservation' }>,
  part: Reservation,
  view: View,
  at: Instant,
): HoldLifeDecision {
  const { claim } = command;
  const streams = [...streamsOfPart(part, part.lanes?.[0] ?? 0), streamName(wideKind, claim)];
  const missing = streams.filter((stream) => !view.has(stream));
  if (missing.length > 0) return needs(missing);
  const wide = view.get(wideKind, claim);
  // A part in a lane that is not its home: whoever asks here asks in the wrong lane.
  if (wide.status !== 'kept' || wide.whole.type !== 'reservation') {
    return reject({ type: 'ReservationNotFound', notKept: true });
  }
  const { whole } = wide;
  if (isBeingDecided(whole)) return reject(holdsUndecided);
  switch (command.type) {
    case 'ExtendReservation':
    case 'ExtendClaim':
      return extend(command, whole, part, at);
    case 'ReleaseReservation':
      if (whole.status === 'converted') {
        return reject({ type: 'ReservationEnded', status: 'CONVERTED' });
      }
      return release(whole, part, 'given back', at);
    case 'CancelHold':
      return release(whole, part, 'cancelled', at);
  }
}

const answerOf = ({ claim, expiresAt, version }: Reservation): ReservationAnswer => ({
  ...{ claim, expiresAt, version },
});

function extend(
  command: Extract<HoldLifeCommand, { type: 'ExtendReservation' | 'ExtendClaim' }>,
  whole: Reservation,
  part: Reservation,
  at: Instant,
): HoldLifeDecision {
  const status = statusOf(whole, at);
  if (status !== 'ACTIVE') return reject({ type: 'ReservationEnded', status });
  const { claim, lanes } = whole;
  const until = Math.min(at + 1_000 * command.ttlSeconds, whole.latestExpiresAt);
  const lanesHold = command.type === 'ExtendClaim' ? command.lanesHoldUntil : whole.expiresAt;
  if (lanesHold === 'lapsed') return reject({ type: 'ReservationEnded', status: 'EXPIRED' });
  if (until > whole.expiresAt && lanesHold <= whole.expiresAt) {
    return reject({ type: 'ExtendLanesFirst', lanes: lanes ?? [], until, notKept: true });
  }
  const expiresAt = Math.min(until, Math.max(lanesHold, whole.expiresAt));
  if (expiresAt === whole.expiresAt) return accept([], answerOf(whole));
  const changes = collectChanges();
  changes.wide(claim, { type: 'ReservationExtended', claim, expiresAt });
  if (expiresAt > part.expiresAt && isHeld(part, at)) extendPart(changes, part, expiresAt);
  return accept(changes.all(), { claim, expiresAt, version: whole.version + 1 });
}

function extendPart(changes: Changes, part: Reservation, expiresAt: Instant): void {
  const { claim } = part;
  changes.claim(claim, { type: 'ReservationExtended', claim, expiresAt });
  for (const line of part.lines) {
    const extended = { ...held(part, line), before: part.expiresAt, expiresAt };
    changes.stock(line.sku, { type: 'StockReservationExtended', ...extended });
  }
}

function release(
  whole: Reservation,
  part: Reservation,
  reason: 'given back' | 'cancelled',
  at: Instant,
): HoldLifeDecision {
  if (!isHeld(whole, at)) return accept([], answerOf(whole));
  const changes = collectChanges();
  releaseWide(changes, part, reason, at);
  return accept(changes.all(), { ...answerOf(whole), version: whole.version + 1 });
}

/** Ends it at home, its own part included; the other lanes follow. */
export function releaseWide(
  changes: Changes,
  part: Reservation,
  reason: 'given back' | 'cancelled',
  at: Instant,
): void {
  const { claim } = part;
  const event: HoldEnding = { type: 'ReservationReleased', claim, reason };
  changes.wide(claim, event);
  endPart(changes, part, event, at);
}

/** Makes a part live longer, before home says so; never shorter. */
export type ExtendPart = {
  readonly type: 'ExtendPart';
  readonly claim: ClaimId;
  readonly until: Instant;
};

export type ExtendPartRejection = { readonly type: 'PartLapsed'; readonly notKept: true } | NotHere;

export function decideExtendPart(
  { claim, until }: ExtendPart,
  view: View,
  at: Instant,
): Decision<InventoryEvent, null, ExtendPartRejection> {
  const part = view.get(claimKind, claim);
  if (isBeingDecided(part)) return reject(holdsUndecided);
  if (part.type !== 'reservation' || !isHeld(part, at)) {
    return reject({ type: 'PartLapsed', notKept: true });
  }
  const missing = streamsOfPart(part, -1).filter((stream) => !view.has(stream));
  if (missing.length > 0) return needs(missing);
  const changes = collectChanges();
  if (until > part.expiresAt) extendPart(changes, part, until);
  return accept(changes.all(), null);
}
