/** What has happened to one SKU at all its locations. */
import type { ItemSaved } from '@holdfast/schema/events';
import type { ChannelCode, ClaimId, LocationCode } from '@holdfast/schema/identifiers';
import type { StockCondition, Units } from '@holdfast/schema/quantities';

/** Milliseconds since 1970, UTC. */
type Instant = number;

export type StockReceived = {
  readonly type: 'StockReceived';
  readonly location: LocationCode;
  readonly condition: StockCondition;
  readonly units: Units;
  readonly reference: string | undefined;
};

export type StockAdjusted = {
  readonly type: 'StockAdjusted';
  readonly location: LocationCode;
  readonly condition: StockCondition;
  /** More or less, not zero. */
  readonly deltaUnits: number;
  readonly reason: string;
};

export type StockCounted = {
  readonly type: 'StockCounted';
  readonly location: LocationCode;
  readonly condition: StockCondition;
  readonly countedUnits: Units;
  readonly includesUpTo: Instant;
  /** What the count changed, with every movement after `includesUpTo` kept. */
  readonly deltaUnits: number;
  readonly reason: string;
};

export type StockMoved = {
  readonly type: 'StockMoved';
  readonly location: LocationCode;
  readonly from: StockCondition;
  readonly to: StockCondition;
  readonly units: Units;
  readonly reason: string;
};

/** Units of one claim at one location, held until `expiresAt`. */
type HeldUnits = {
  readonly claim: ClaimId;
  readonly location: LocationCode;
  readonly units: Units;
  readonly expiresAt: Instant;
};

export type StockReserved = { readonly type: 'StockReserved' } & HeldUnits;
export type StockReservationReleased = { readonly type: 'StockReservationReleased' } & HeldUnits;
export type StockReservationExpired = { readonly type: 'StockReservationExpired' } & HeldUnits;

export type StockReservationExtended = {
  readonly type: 'StockReservationExtended';
  /** When the hold would have ended. */
  readonly before: Instant;
} & HeldUnits;

export type StockReservationConverted = {
  readonly type: 'StockReservationConverted';
  readonly allocation: ClaimId;
} & HeldUnits;

/** Held units change hands; nothing is promised that was not promised before. */
export type StockReservationPassed = {
  readonly type: 'StockReservationPassed';
  readonly to: ClaimId;
  /** When they would have ended as the former claim's. */
  readonly before: Instant;
} & HeldUnits;

export type StockAllocated = {
  readonly type: 'StockAllocated';
  readonly claim: ClaimId;
  readonly location: LocationCode;
  readonly units: Units;
  /** True when the claim had waited for them. */
  readonly backordered: boolean;
};

export type StockAllocationReleased = {
  readonly type: 'StockAllocationReleased';
  readonly claim: ClaimId;
  readonly location: LocationCode;
  readonly units: Units;
  /**
   * Units that go to QUALITY_INSPECTION instead of being free; fewer than `units` where some are
   * missing.
   */
  readonly inspectedUnits: number;
};

export type StockBackordered = {
  readonly type: 'StockBackordered';
  readonly claim: ClaimId;
  readonly channel: ChannelCode;
  readonly units: Units;
};

export type StockBackorderCancelled = {
  readonly type: 'StockBackorderCancelled';
  readonly claim: ClaimId;
  readonly units: Units;
};

export type StockEvent =
  | ItemSaved
  | StockReceived
  | StockAdjusted
  | StockCounted
  | StockMoved
  | StockReserved
  | StockReservationExtended
  | StockReservationReleased
  | StockReservationExpired
  | StockReservationConverted
  | StockReservationPassed
  | StockAllocated
  | StockAllocationReleased
  | StockBackordered
  | StockBackorderCancelled;
