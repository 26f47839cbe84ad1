/** What has happened to one claim: a reservation, or the allocation of an order. */
import type {
  AllocationMade,
  AllocationRefused,
  AllocationReleased,
  BackorderFilled,
  ReservationMade,
} from '@holdfast/schema/events';
import type { ClaimId, OrderId, Sku } from '@holdfast/schema/identifiers';

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

export type ClaimEvent =
  | ReservationMade
  | ReservationExtended
  | ReservationReleased
  | ReservationExpired
  | ReservationConverted
  | AllocationMade
  | AllocationRefused
  | BackorderFilled
  | AllocationReleased;

/** A buyer's holds, so that a newer one can replace an older one. */
export type BuyerHoldBegan = {
  readonly type: 'BuyerHoldBegan';
  readonly claim: ClaimId;
  readonly skus: readonly Sku[];
};
export type BuyerHoldEnded = { readonly type: 'BuyerHoldEnded'; readonly claim: ClaimId };
export type BuyerEvent = BuyerHoldBegan | BuyerHoldEnded;
