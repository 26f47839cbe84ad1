/** A lane's part of a claim over several lanes: held until the claim is decided, or refused. */
import { accept, type Decision, type Needs, needs, reject } from '@holdfast/chassis/decider';
import type { View } from '@holdfast/chassis/stream-kind';
import type { PlacedLine, WantedLine } from '@holdfast/schema/events';
import type { BuyerHash, ClaimId, OrderId } from '@holdfast/schema/identifiers';
import { undecidedEnd } from '../stock/holds.ts';
import { type Changes, collectChanges, type InventoryEvent } from './changes.ts';
import { addLines, claimKind, isConverted, type Reservation, type Tentative } from './claim.ts';
import {
  earlierHolds,
  linesBeyond,
  linesOfHolds,
  pledge,
  reservationsOf,
  streamsOfClaims,
} from './earlier-holds.ts';
import type { ClaimProblem, Undecided } from './events.ts';
import {
  type Asked,
  judgePart,
  type PartRequest,
  type PartRules,
  rulesOfPart,
} from './judge-part.ts';
import { holdsUndecided, type NotHere } from './reserve.ts';

/** Milliseconds since 1970, UTC. */
type Instant = number;

type OfPart = {
  readonly attempt: number;
  /** Lanes of the claim's SKUs, ascending; the first is its home. */
  readonly lanes: readonly number[];
} & PartRequest;

/** Asks a lane for its part; the lanes are asked one after the other, ascending. */
export type TryClaim = { readonly type: 'TryClaim' } & OfPart;
/**
 * Asks a lane for nothing but the parts of earlier holds. Answered at once, so that no claim waits
 * in a lane below one that it holds.
 */
export type PledgeEarlier = { readonly type: 'PledgeEarlier' } & OfPart;
/** What would stand against it here; takes nothing and is not remembered. */
export type LookAtPart = { readonly type: 'LookAtPart' } & PartRequest;

export type PartYes = {
  readonly type: 'yes';
  readonly lines: readonly PlacedLine[];
  readonly backordered: readonly WantedLine[];
  readonly rules: PartRules;
  /** Holds pledged here, with all their lanes: each has to be pledged in all of them. */
  readonly earlier: readonly { readonly claim: ClaimId; readonly lanes: readonly number[] }[];
};

export type PartAnswer =
  | PartYes
  | { readonly type: 'no'; readonly problem: ClaimProblem | Undecided }
  /** The claim, or this attempt, has been decided: its home says how. */
  | { readonly type: 'over' };

export type PartDecision = Decision<InventoryEvent, PartAnswer, NotHere>;

const over: PartDecision = accept([], { type: 'over' });

export function decideTryClaim(command: TryClaim, view: View, at: Instant): PartDecision {
  const { asked, attempt } = command;
  const part = view.get(claimKind, asked.claim);
  if (part.type === 'tentative') {
    if (part.attempt > attempt) return over;
    return part.attempt === attempt ? yesAgain(command, part, view) : reject(holdsUndecided);
  }
  if (part.type === 'reservation' || part.type === 'allocation') return over;
  // Remembered, so that a request that comes after the refusal hears no.
  if (part.type === 'refused' && (part.attempt === 0 || part.attempt >= attempt)) return over;
  const verdict = judgePart(command, view, at);
  switch (verdict.type) {
    case 'needs':
      return verdict;
    case 'wait':
      return reject(holdsUndecided);
    case 'no': {
      const changes = collectChanges();
      changes.claim(asked.claim, { type: 'ClaimPartRefused', claim: asked.claim, attempt });
      return accept(changes.all(), { type: 'no', problem: verdict.problem });
    }
    case 'yes': {
      const changes = collectChanges();
      holdPart(changes, command, verdict);
      return accept(changes.all(), yes(command, verdict, view));
    }
  }
}

type Granted = {
  readonly lines: readonly PlacedLine[];
  readonly backordered: readonly WantedLine[];
  readonly holds: readonly Reservation[];
};

export const yes = (
  command: OfPart,
  { lines, backordered, holds }: Granted,
  view: View,
): PartYes => ({
  ...{ type: 'yes', lines, backordered, rules: rulesOfPart(command, view) },
  earlier: holds.map(({ claim, lanes }) => ({ claim, lanes: lanes ?? [command.lane] })),
});

function yesAgain(command: OfPart, part: Tentative, view: View): PartDecision {
  const { lines, backordered } = part;
  const earlier = earlierOf(part, view);
  if ('streams' in earlier) return earlier;
  return accept([], yes(command, { lines, backordered, holds: earlier }, view));
}

const earlierOf = ({ earlier }: Tentative, view: View): Needs | Reservation[] => {
  const missing = streamsOfClaims(earlier).filter((stream) => !view.has(stream));
  return missing.length > 0 ? needs(missing) : reservationsOf(earlier, view);
};

/** Own and pledged units count as the larger at each location, not as their sum. */
export function holdPart(
  changes: Changes,
  { asked, attempt, lanes, lane, here }: OfPart,
  { lines, backordered, holds }: Granted,
): void {
  const { claim, channel } = asked;
  pledge(changes, holds, claim, lane);
  const pledged = linesOfHolds(holds);
  const more = linesBeyond(lines, pledged);
  const held = addLines(pledged, more);
  changes.claim(claim, {
    ...{ type: 'ClaimPartHeld', claim, attempt, lanes, channel, ...ownerOf(asked) },
    ...{ lines, backordered, held, earlier: holds.map((hold) => hold.claim) },
  });
  for (const { sku, location, units } of more) {
    const reserved = { claim, location, units, expiresAt: undecidedEnd };
    changes.stock(sku, { type: 'StockReserved', ...reserved });
  }
  const buyer = asked.type === 'ReserveStock' ? asked.buyer : undefined;
  if (here.length > 0) changes.buyer(buyer, { type: 'BuyerHoldBegan', claim, skus: here });
}

const ownerOf = (
  asked: Asked,
): { readonly order: OrderId | undefined; readonly buyer: BuyerHash | undefined } =>
  asked.type === 'ReserveStock'
    ? { order: undefined, buyer: asked.buyer }
    : { order: asked.order, buyer: undefined };

export function decidePledgeEarlier(command: PledgeEarlier, view: View, at: Instant): PartDecision {
  const { asked, attempt, lane, earlier } = command;
  const part = view.get(claimKind, asked.claim);
  const tentative = part.type === 'tentative' && part.attempt === attempt ? part : undefined;
  const begins = part.type === 'none' || (part.type === 'refused' && isBefore(part, attempt));
  if (!tentative && !begins) return over;
  const asking = earlier.filter((claim) => !tentative?.earlier.includes(claim));
  const found = earlierHolds(asking, lane, view, at);
  if (found.type === 'needs') return found;
  if (found.type === 'wait') return accept([], { type: 'no', problem: { type: 'HoldBusy' } });
  if (
    asked.type === 'AllocateStock' &&
    asking.some((claim) => isConverted(view.get(claimKind, claim)))
  ) {
    return accept([], { type: 'no', problem: { type: 'ReservationGone' } });
  }
  const { holds } = found;
  const changes = collectChanges();
  if (!tentative) holdPart(changes, command, { lines: [], backordered: [], holds });
  else if (holds.length > 0) {
    pledge(changes, holds, asked.claim, lane);
    const enlarged = { held: linesOfHolds(holds), earlier: holds.map((hold) => hold.claim) };
    changes.claim(asked.claim, { type: 'ClaimPartEnlarged', claim: asked.claim, ...enlarged });
  }
  const pledgedBefore = tentative ? earlierOf(tentative, view) : [];
  if ('streams' in pledgedBefore) return pledgedBefore;
  const all = [...pledgedBefore, ...holds];
  return accept(changes.all(), yes(command, { lines: [], backordered: [], holds: all }, view));
}

const isBefore = ({ attempt }: { readonly attempt: number }, now: number) =>
  attempt !== 0 && attempt < now;

export function decideLookAtPart(command: LookAtPart, view: View, at: Instant): PartDecision {
  const verdict = judgePart(command, view, at);
  switch (verdict.type) {
    case 'needs':
      return verdict;
    case 'no':
      return accept([], { type: 'no', problem: verdict.problem });
    case 'wait':
    case 'yes':
      return over;
  }
}
