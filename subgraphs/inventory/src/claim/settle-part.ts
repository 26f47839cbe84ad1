/** What becomes of a lane's part once its claim over several lanes is decided. */
import { accept, type Decision, needs, reject, unreachable } from '@holdfast/chassis/decider';
import { streamName, type View } from '@holdfast/chassis/stream-kind';
import type { ClaimId } from '@holdfast/schema/identifiers';
import { undecidedEnd } from '../stock/holds.ts';
import { stockKind } from '../stock/stock.ts';
import { buyerKind } from './buyer.ts';
import {
  type Changes,
  collectChanges,
  endReservation,
  held,
  type InventoryEvent,
  releaseReservation,
} from './changes.ts';
import { claimKind, type Reservation, type Tentative } from './claim.ts';
import {
  giveBackPledged,
  isHomeOf,
  linesBeyond,
  linesOfHolds,
  reservationsOf,
  streamsOfClaims,
  streamsOfPart,
} from './earlier-holds.ts';
import type { HoldEnding } from './wide.ts';

/** Milliseconds since 1970, UTC. */
type Instant = number;

export type PartOutcome =
  | { readonly type: 'kept'; readonly expiresAt: Instant; readonly latestExpiresAt: Instant }
  | { readonly type: 'allocated' }
  | { readonly type: 'refused' }
  | { readonly type: 'ended'; readonly by: HoldEnding };

/** Tells a lane what its claim's home has decided; sent until the lane has appended it. */
export type SettleClaim = {
  readonly type: 'SettleClaim';
  readonly claim: ClaimId;
  readonly attempt: number;
  readonly lane: number;
  readonly outcome: PartOutcome;
};

/** An owner that has not seen the part yet is not the owner any more; asked again. */
export type PartUnheard = { readonly type: 'PartUnheard'; readonly notKept: true };

export type SettleDecision = Decision<InventoryEvent, null, PartUnheard>;

export function decideSettleClaim(command: SettleClaim, view: View, at: Instant): SettleDecision {
  const { claim, attempt, lane, outcome } = command;
  const part = view.get(claimKind, claim);
  const changes = collectChanges();
  switch (part.type) {
    case 'none':
      if (outcome.type === 'kept' || outcome.type === 'allocated') {
        return reject({ type: 'PartUnheard', notKept: true });
      }
      // A request that is still on its way must hear no.
      changes.claim(claim, { type: 'ClaimPartRefused', claim, attempt });
      break;
    case 'tentative': {
      if (part.attempt !== attempt) break;
      const missing = streamsToSettle(part, lane, view).filter((stream) => !view.has(stream));
      if (missing.length > 0) return needs(missing);
      settlePart(changes, part, outcome, lane, view);
      break;
    }
    case 'reservation': {
      if (outcome.type !== 'ended') break;
      const missing = streamsOfPart(part, lane).filter((stream) => !view.has(stream));
      if (missing.length > 0) return needs(missing);
      endPart(changes, part, outcome.by, at);
      break;
    }
    case 'allocation':
      break;
    case 'refused':
      // This attempt never came here; an older one did.
      if (part.attempt !== 0 && part.attempt < attempt) {
        changes.claim(claim, { type: 'ClaimPartRefused', claim, attempt });
      }
      break;
    default:
      return unreachable(part);
  }
  return accept(changes.all(), null);
}

/** Everything that settling a part looks at; asked again once its earlier holds are known. */
export function streamsToSettle(part: Tentative, lane: number, view: View): string[] {
  const own = [
    ...part.held.map(({ sku }) => streamName(stockKind, sku)),
    ...part.backordered.map(({ sku }) => streamName(stockKind, sku)),
    ...streamsOfClaims(part.earlier),
    ...(part.buyer === undefined ? [] : [streamName(buyerKind, part.buyer)]),
  ];
  return [...new Set([...own, ...known(part, view).flatMap((hold) => streamsOfPart(hold, lane))])];
}

const known = (part: Tentative, view: View): Reservation[] =>
  reservationsOf(
    part.earlier.filter((claim) => view.has(streamName(claimKind, claim))),
    view,
  );

export function settlePart(
  changes: Changes,
  part: Tentative,
  outcome: PartOutcome,
  lane: number,
  view: View,
): void {
  // One that ended meanwhile, by its own home, has no units any more.
  const pledged = known(part, view).filter(({ status }) => status === 'pledged');
  switch (outcome.type) {
    case 'kept':
      keep(changes, part, outcome);
      endPledged(changes, part, pledged, lane);
      return;
    case 'allocated':
      allocate(changes, part);
      endPledged(changes, part, pledged, lane);
      return;
    case 'ended':
      // Kept and over, before this lane had heard of the first.
      endPledged(changes, part, pledged, lane);
      free(changes, part, part.held);
      refuse(changes, part);
      return;
    case 'refused':
      giveBackPledged(changes, pledged, part.claim, lane);
      free(changes, part, linesBeyond(part.held, linesOfHolds(pledged)));
      refuse(changes, part);
      return;
    default:
      return unreachable(outcome);
  }
}

function free(changes: Changes, { claim }: Tentative, lines: Tentative['held']): void {
  for (const { sku, location, units } of lines) {
    const released = { claim, location, units, expiresAt: undecidedEnd };
    changes.stock(sku, { type: 'StockReservationReleased', ...released });
  }
}

function refuse(changes: Changes, { claim, attempt, buyer }: Tentative): void {
  changes.claim(claim, { type: 'ClaimPartRefused', claim, attempt });
  changes.buyer(buyer, { type: 'BuyerHoldEnded', claim });
}

function keep(
  changes: Changes,
  part: Tentative,
  { expiresAt, latestExpiresAt }: Extract<PartOutcome, { type: 'kept' }>,
): void {
  const { claim, lines } = part;
  changes.claim(claim, { type: 'ClaimPartKept', claim, expiresAt, latestExpiresAt });
  for (const { sku, location, units } of lines) {
    const extended = { claim, location, units, before: undecidedEnd, expiresAt };
    changes.stock(sku, { type: 'StockReservationExtended', ...extended });
  }
  free(changes, part, linesBeyond(part.held, lines));
}

function allocate(changes: Changes, part: Tentative): void {
  const { claim, channel, lines, backordered } = part;
  changes.claim(claim, { type: 'ClaimPartAllocated', claim });
  for (const { sku, location, units } of lines) {
    const converted = { claim, allocation: claim, location, units, expiresAt: undecidedEnd };
    changes.stock(sku, { type: 'StockReservationConverted', ...converted });
  }
  for (const { sku, units } of backordered) {
    changes.stock(sku, { type: 'StockBackordered', claim, channel, units });
  }
  free(changes, part, linesBeyond(part.held, lines));
}

/** What they held is the new claim's; each ends where it is known. */
function endPledged(
  changes: Changes,
  { claim: by, order }: Tentative,
  pledged: readonly Reservation[],
  lane: number,
): void {
  for (const hold of pledged) {
    const { claim, buyer } = hold;
    const event: HoldEnding =
      order === undefined
        ? { type: 'ReservationReleased', claim, reason: 'replaced' }
        : { type: 'ReservationConverted', claim, order, allocation: by };
    changes.claim(claim, event);
    if (isHomeOf(hold, lane)) changes.wide(claim, event);
    changes.buyer(buyer, { type: 'BuyerHoldEnded', claim });
  }
}

/** The hold has ended by its home's word. */
export function endPart(changes: Changes, hold: Reservation, by: HoldEnding, at: Instant): void {
  const { claim, status } = hold;
  if (status === 'pledged') {
    // Its units are with the claim it is pledged to, which keeps or frees them.
    changes.claim(claim, by);
    changes.buyer(hold.buyer, { type: 'BuyerHoldEnded', claim });
    return;
  }
  if (status !== 'active') return;
  if (by.type === 'ReservationExpired' || hold.expiresAt <= at) {
    endReservation(changes, hold, { type: 'ReservationExpired', claim }, (line) => ({
      type: 'StockReservationExpired',
      ...held(hold, line),
    }));
  } else if (by.type === 'ReservationReleased') releaseReservation(changes, hold, by.reason);
  // An order took free units here in its place.
  else releaseReservation(changes, hold, 'replaced');
}
