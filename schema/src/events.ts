/**
 * What contexts tell each other: facts and intents with one producer and one meaning each (STYLE 2:
 * never edited, a new fact is a new type). A context's log holds more; only these are for others.
 */
import type {
  BuyerHash,
  ChannelCode,
  ClaimId,
  ClassCode,
  LineId,
  LocationCode,
  OrderId,
  Sku,
} from './identifiers.ts';
import type { Units } from './quantities.ts';

/** Milliseconds since 1970, UTC. */
type Instant = number;

/** Units of one SKU at one location. */
export type PlacedLine = {
  readonly sku: Sku;
  readonly location: LocationCode;
  readonly units: Units;
};

/** Units of one SKU, from anywhere in the channel. */
export type WantedLine = { readonly sku: Sku; readonly units: Units };

export type ShortSku = {
  readonly sku: Sku;
  readonly requestedUnits: Units;
  readonly availableUnits: number;
};

// ------------------------------------------------------------------ facts of inventory

/** A SKU exists from now on, or has another name or class. Stream: the SKU's. */
export type ItemSaved = {
  readonly type: 'ItemSaved';
  readonly sku: Sku;
  readonly name: string | undefined;
  readonly productClass: ClassCode;
};

/** A channel exists from now on, or has other locations. Stream: the catalog. */
export type ChannelSaved = {
  readonly type: 'ChannelSaved';
  readonly code: ChannelCode;
  readonly name: string;
  readonly locations: readonly LocationCode[];
};

/** Units are held for a buyer until `expiresAt`. Its lines never change. Stream: the claim's. */
export type ReservationMade = {
  readonly type: 'ReservationMade';
  readonly claim: ClaimId;
  readonly channel: ChannelCode;
  readonly buyer: BuyerHash | undefined;
  readonly lines: readonly PlacedLine[];
  readonly expiresAt: Instant;
  /** No extension reaches beyond this. */
  readonly latestExpiresAt: Instant;
};

/**
 * The answer to `OrderAllocationRequested`: its units are bound to the order. Stream: the claim's.
 */
export type AllocationMade = {
  readonly type: 'AllocationMade';
  readonly claim: ClaimId;
  readonly order: OrderId;
  readonly channel: ChannelCode;
  readonly lines: readonly PlacedLine[];
  /** Units that wait for stock; only of classes whose backorders are UNLIMITED. */
  readonly backordered: readonly WantedLine[];
  /** The shortest grace of the classes concerned. */
  readonly paymentGraceSeconds: number;
};

/** The other answer: nothing was taken. Stream: the claim's. */
export type AllocationRefused = {
  readonly type: 'AllocationRefused';
  readonly claim: ClaimId;
  readonly order: OrderId;
  readonly reason: 'InsufficientStock' | 'ReservationGone' | 'Cancelled';
  readonly shortfalls: readonly ShortSku[];
};

/** Units that waited are bound to the order now. Stream: the claim's. */
export type BackorderFilled = {
  readonly type: 'BackorderFilled';
  readonly claim: ClaimId;
  readonly order: OrderId;
  readonly lines: readonly PlacedLine[];
};

/**
 * The answer to `OrderAllocationReleaseRequested`: these units are the order's no more. Stream: the
 * claim's.
 */
export type AllocationReleased = {
  readonly type: 'AllocationReleased';
  readonly claim: ClaimId;
  readonly order: OrderId;
  /** Restocked: sellable again. Otherwise they went to QUALITY_INSPECTION. */
  readonly lines: readonly (PlacedLine & { readonly restock: boolean })[];
  readonly backordered: readonly WantedLine[];
};

// ------------------------------------------------------------------ intents of orders

/**
 * Asks inventory to bind units to an order. Answered by AllocationMade or AllocationRefused.
 * Stream: the order's.
 */
export type OrderAllocationRequested = {
  readonly type: 'OrderAllocationRequested';
  readonly order: OrderId;
  /** Derived from the order, so that a repeat asks for the same claim. */
  readonly claim: ClaimId;
  readonly channel: ChannelCode;
  readonly reservation: ClaimId | undefined;
  /** Summed per SKU. */
  readonly lines: readonly WantedLine[];
};

/**
 * Asks inventory to take units of an order back; before, after or instead of their allocation.
 * An unconverted reservation named by the order is released with it. Stream: the order's.
 */
export type OrderAllocationReleaseRequested = {
  readonly type: 'OrderAllocationReleaseRequested';
  readonly order: OrderId;
  readonly claim: ClaimId;
  readonly reservation: ClaimId | undefined;
  /** Everything the order has and will still get; `lines` says what becomes of the units. */
  readonly whole: boolean;
  readonly lines: readonly (WantedLine & { readonly line: LineId; readonly restock: boolean })[];
};

export type InventoryFact =
  | ItemSaved
  | ChannelSaved
  | ReservationMade
  | AllocationMade
  | AllocationRefused
  | BackorderFilled
  | AllocationReleased;

export type OrderIntent = OrderAllocationRequested | OrderAllocationReleaseRequested;
