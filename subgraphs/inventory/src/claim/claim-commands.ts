/** All commands on claims: which streams each looks at, and who decides it. */
import { type Decision, unreachable } from '@holdfast/chassis/decider';
import { streamName, type View } from '@holdfast/chassis/stream-kind';
import { homePlace, placeOf, type Sku } from '@holdfast/schema/identifiers';
import { stockKind } from '../stock/stock.ts';
import {
  type AllocateStock,
  type AllocationAnswer,
  decideAllocate,
  streamsToAllocate,
} from './allocate.ts';
import { buyerKind } from './buyer.ts';
import type { InventoryEvent } from './changes.ts';
import { claimKind } from './claim.ts';
import { type DecideClaimCommand, decideClaim, type Standing } from './decide-claim.ts';
import { decideHoldLife, type HoldLifeCommand, type HoldLifeRejection } from './hold-life.ts';
import {
  decideLookAtPart,
  decidePledgeEarlier,
  decideTryClaim,
  type LookAtPart,
  type PartAnswer,
  type PledgeEarlier,
  type TryClaim,
} from './hold-part.ts';
import { streamsOfRequest } from './judge-part.ts';
import {
  decideOpenClaim,
  decideRefuseRequest,
  type OpenAnswer,
  type OpenClaim,
  type OpenRejection,
  type RefuseRequest,
  streamsToOpen,
} from './open-claim.ts';
import {
  decideReserve,
  type ReservationAnswer,
  type ReserveRejection,
  type ReserveStock,
} from './reserve.ts';
import { decideSettleClaim, type PartUnheard, type SettleClaim } from './settle-part.ts';
import {
  decideTakeBack,
  streamsToTakeBack,
  type TakeBackAllocation,
  type TakeBackPart,
} from './take-back.ts';
import { wideKind } from './wide.ts';
import { decideExtendPart, type ExtendPart, type ExtendPartRejection } from './wide-life.ts';

/** Milliseconds since 1970, UTC. */
type Instant = number;

/** Between a claim's home and its lanes; nobody outside asks for them. */
export type WideCommand =
  | OpenClaim
  | RefuseRequest
  | TryClaim
  | PledgeEarlier
  | LookAtPart
  | DecideClaimCommand
  | SettleClaim
  | ExtendPart
  | TakeBackPart;

export type ClaimCommand =
  | ReserveStock
  | HoldLifeCommand
  | AllocateStock
  | TakeBackAllocation
  | WideCommand;

export type ClaimRejection =
  | ReserveRejection
  | HoldLifeRejection
  | OpenRejection
  | ExtendPartRejection
  | PartUnheard
  | { readonly type: 'ReservationGone' };

export type ClaimAnswer =
  | ReservationAnswer
  | AllocationAnswer
  | OpenAnswer
  | PartAnswer
  | Standing
  | null;

export type ClaimDecision = Decision<InventoryEvent, ClaimAnswer, ClaimRejection>;

/** A refusal is kept with the first: its lane is where a retry asks, at every number of lanes. */
function homeFirst(skus: readonly Sku[]): readonly Sku[] {
  if (skus.length < 2) return skus;
  const place = homePlace(skus);
  const home = skus.findIndex((sku) => placeOf(sku) === place);
  return [...skus.slice(home, home + 1), ...skus.slice(0, home), ...skus.slice(home + 1)];
}

/** The streams that a command looks at, as far as it names them; its own first. */
export function streamsOfClaim(command: ClaimCommand): readonly string[] {
  switch (command.type) {
    case 'ReserveStock': {
      const wanted = homeFirst(command.wanted.map(({ sku }) => sku));
      const skus = wanted.map((sku) => streamName(stockKind, sku));
      const buyer = command.buyer === undefined ? [] : [streamName(buyerKind, command.buyer)];
      return [...skus, ...buyer];
    }
    case 'ExtendReservation':
    case 'ExtendClaim':
    case 'ReleaseReservation':
    case 'CancelHold':
    case 'ExpireReservation':
    case 'SettleClaim':
    case 'ExtendPart':
      return [streamName(claimKind, command.claim)];
    case 'AllocateStock':
      return streamsToAllocate(command);
    case 'TakeBackAllocation':
    case 'TakeBackPart':
      return streamsToTakeBack(command);
    case 'OpenClaim':
      return streamsToOpen(command);
    case 'RefuseRequest':
      return [streamName(claimKind, command.asked.claim)];
    case 'TryClaim':
    case 'PledgeEarlier':
    case 'LookAtPart':
      return streamsOfRequest(command);
    case 'KeepClaim':
    case 'RefuseClaim':
    case 'WidenClaim':
    case 'AskClaim':
    case 'NoteSettled':
      return [streamName(wideKind, command.claim)];
    default:
      return unreachable(command);
  }
}

export function decideClaimCommand(command: ClaimCommand, view: View, at: Instant): ClaimDecision {
  switch (command.type) {
    case 'ReserveStock':
      return decideReserve(command, view, at);
    case 'ExtendReservation':
    case 'ExtendClaim':
    case 'ReleaseReservation':
    case 'CancelHold':
    case 'ExpireReservation':
      return decideHoldLife(command, view, at);
    case 'AllocateStock':
      return decideAllocate(command, view, at);
    case 'TakeBackAllocation':
    case 'TakeBackPart':
      return decideTakeBack(command, view, at);
    default:
      return decideWideCommand(command, view, at);
  }
}

function decideWideCommand(
  command: Exclude<WideCommand, TakeBackPart>,
  view: View,
  at: Instant,
): ClaimDecision {
  switch (command.type) {
    case 'OpenClaim':
      return decideOpenClaim(command, view, at);
    case 'RefuseRequest':
      return decideRefuseRequest(command, view);
    case 'TryClaim':
      return decideTryClaim(command, view, at);
    case 'PledgeEarlier':
      return decidePledgeEarlier(command, view, at);
    case 'LookAtPart':
      return decideLookAtPart(command, view, at);
    case 'KeepClaim':
    case 'RefuseClaim':
    case 'WidenClaim':
    case 'AskClaim':
    case 'NoteSettled':
      return decideClaim(command, view, at);
    case 'SettleClaim':
      return decideSettleClaim(command, view, at);
    case 'ExtendPart':
      return decideExtendPart(command, view, at);
    default:
      return unreachable(command);
  }
}
