/** What has happened to one claim: a reservation, or the allocation of an order. */
import type {
  AllocationMade,
  AllocationRefused,
  AllocationReleased,
  BackorderFilled,
  PlacedLine,
  ReservationMade,
  ShortSku,
  WantedLine,
} from '@holdfast/schema/events';
import type {
  BuyerHash,
  ChannelCode,
  ClaimId,
  LocationCode,
  OrderId,
  Sku,
} from '@holdfast/schema/identifiers';

/** Milliseconds since 1970, UTC. */
type Instant = number;

export type ReservationExtended = {
  readonly type: 'ReservationExtended';
  readonly claim: ClaimId;
  readonly expiresAt: Instant;
};

export type ReservationReleased = {
  readonly type: 'ReservationReleased';
  readonly claim: ClaimId;
  /** `replaced`: by a newer hold of the same buyer. `cancelled`: with the order that named it. */
  readonly reason: 'given back' | 'replaced' | 'cancelled';
};

export type ReservationExpired = { readonly type: 'ReservationExpired'; readonly claim: ClaimId };

export type ReservationConverted = {
  readonly type: 'ReservationConverted';
  readonly claim: ClaimId;
  readonly order: OrderId;
  readonly allocation: ClaimId;
};

/** Suspended: its units count as those of an undecided claim, which ends it or gives them back. */
export type ReservationPledged = {
  readonly type: 'ReservationPledged';
  readonly claim: ClaimId;
  readonly to: ClaimId;
};
export type ReservationReturned = { readonly type: 'ReservationReturned'; readonly claim: ClaimId };

/**
 * A lane's part of a claim over several lanes is held; no clock ends it, only the claim's outcome.
 */
export type ClaimPartHeld = {
  readonly type: 'ClaimPartHeld';
  readonly claim: ClaimId;
  /** From 1; a claim that was refused only because time ran out may be tried again. */
  readonly attempt: number;
  /** Lanes of the claim's SKUs, ascending. */
  readonly lanes: readonly number[];
  readonly order: OrderId | undefined;
  readonly channel: ChannelCode;
  readonly buyer: BuyerHash | undefined;
  /** What the claim gets here when it is kept. */
  readonly lines: readonly PlacedLine[];
  readonly backordered: readonly WantedLine[];
  /** What is held until then: of own and of pledged units the larger at each location. */
  readonly held: readonly PlacedLine[];
  /** Holds whose parts here are pledged. */
  readonly earlier: readonly ClaimId[];
};

/** Further earlier holds are pledged to it here. */
export type ClaimPartEnlarged = {
  readonly type: 'ClaimPartEnlarged';
  readonly claim: ClaimId;
  readonly held: readonly PlacedLine[];
  readonly earlier: readonly ClaimId[];
};

/** The claim is kept: from now on its part here is a hold like any other. */
export type ClaimPartKept = {
  readonly type: 'ClaimPartKept';
  readonly claim: ClaimId;
  readonly expiresAt: Instant;
  readonly latestExpiresAt: Instant;
};

/** The claim is kept: its part here is bound to the order. */
export type ClaimPartAllocated = { readonly type: 'ClaimPartAllocated'; readonly claim: ClaimId };

/** Nothing is held here, and a request that comes late hears so. */
export type ClaimPartRefused = {
  readonly type: 'ClaimPartRefused';
  readonly claim: ClaimId;
  readonly attempt: number;
};

export type ClaimEvent =
  | ReservationMade
  | ReservationExtended
  | ReservationReleased
  | ReservationExpired
  | ReservationConverted
  | AllocationMade
  | AllocationRefused
  | BackorderFilled
  | AllocationReleased
  | ReservationPledged
  | ReservationReturned
  | ClaimPartHeld
  | ClaimPartEnlarged
  | ClaimPartKept
  | ClaimPartAllocated
  | ClaimPartRefused;

/** Why a claim was refused; in the order in which one is told when lanes differ. */
export type ClaimProblem =
  | { readonly type: 'ChannelNotFound'; readonly notKept: true }
  | { readonly type: 'UnknownSku'; readonly skus: readonly Sku[]; readonly notKept: true }
  | { readonly type: 'LocationNotFound'; readonly location: LocationCode; readonly notKept: true }
  | {
      readonly type: 'LocationNotInChannel';
      readonly location: LocationCode;
      readonly notKept: true;
    }
  | { readonly type: 'AllocationOnly'; readonly sku: Sku }
  | { readonly type: 'ReservationGone' }
  | { readonly type: 'InsufficientStock'; readonly shortfalls: readonly ShortSku[] };

/** Nobody said no: it took too long, or a hold that it replaces was being decided elsewhere. */
export type Undecided = { readonly type: 'Overdue' } | { readonly type: 'HoldBusy' };

/** A claim over several lanes is asked for. Stream: `wide/<claim>` of its home lane. */
export type ClaimOpened = {
  readonly type: 'ClaimOpened';
  readonly claim: ClaimId;
  readonly attempt: number;
  readonly lanes: readonly number[];
  /** Summed per SKU. */
  readonly lines: readonly WantedLine[];
  readonly order: OrderId | undefined;
  readonly deadline: Instant;
};

/** Earlier holds of it are in these lanes too; noted before anything is pledged there. */
export type ClaimWidened = {
  readonly type: 'ClaimWidened';
  readonly claim: ClaimId;
  readonly lanes: readonly number[];
};

export type ClaimRefused = {
  readonly type: 'ClaimRefused';
  readonly claim: ClaimId;
  readonly why: ClaimProblem | Undecided;
};

/** Every lane has appended what became of the claim. */
export type ClaimSettled = { readonly type: 'ClaimSettled'; readonly claim: ClaimId };

export type WideEvent = ClaimOpened | ClaimWidened | ClaimRefused | ClaimSettled | ClaimEvent;

/** A buyer's holds, so that a newer one can replace an older one. */
export type BuyerHoldBegan = {
  readonly type: 'BuyerHoldBegan';
  readonly claim: ClaimId;
  readonly skus: readonly Sku[];
};
export type BuyerHoldEnded = { readonly type: 'BuyerHoldEnded'; readonly claim: ClaimId };
export type BuyerEvent = BuyerHoldBegan | BuyerHoldEnded;
