/**
 * What has happened to one order. Never edited; a new fact is a new type (STYLE 2).
 * Who buys and where to are in `personal`, encrypted with a key of the order's own; nothing else
 * here names a person.
 */
import type { Role } from '@holdfast/schema/caller';
import type {
  OrderAllocationReleaseRequested,
  OrderAllocationRequested,
  ShortSku,
} from '@holdfast/schema/events';
import type { ChannelCode, ClaimId, LineId, OrderId, Sku } from '@holdfast/schema/identifiers';
import type { Money } from '@holdfast/schema/money';
import type { Units } from '@holdfast/schema/quantities';

/** Milliseconds since 1970, UTC. */
export type Instant = number;

/** Whose order it is: the caller who placed it. */
export type Owner = { readonly role: Role; readonly id: string };

/** What a payment provider calls the payment, and how much it has authorized. */
export type Payment = { readonly reference: string; readonly amount: Money | undefined };

export type OrderedLine = {
  readonly line: LineId;
  readonly sku: Sku;
  readonly units: Units;
  readonly unitPrice: Money | undefined;
};

export type OrderPlaced = {
  readonly type: 'OrderPlaced';
  readonly order: OrderId;
  readonly number: string;
  readonly owner: Owner;
  readonly channel: ChannelCode;
  readonly reservation: ClaimId | undefined;
  readonly claim: ClaimId;
  readonly lines: readonly OrderedLine[];
  readonly total: Money | undefined;
  readonly needsPayment: boolean;
  /** As the caller said; `OrderPaymentAuthorized` follows when it is believed. */
  readonly payment: Payment | undefined;
  /** Ciphertext of customer and address; forgetting its key forgets them. */
  readonly personal: string;
};

export type LineUnits = { readonly line: LineId; readonly units: number };

/** Inventory has bound units to the order; what it lacks waits for stock. */
export type OrderAllocated = {
  readonly type: 'OrderAllocated';
  readonly lines: readonly {
    readonly line: LineId;
    readonly allocatedUnits: number;
    readonly backorderedUnits: number;
  }[];
  readonly paymentGraceSeconds: number;
  /** Until when its payment is awaited; undefined when it needs no more. */
  readonly paymentDueAt: Instant | undefined;
};

/** Units that waited are bound to the order now. */
export type OrderBackorderFilled = {
  readonly type: 'OrderBackorderFilled';
  /**
   * Inventory's fact, so that a late repeat is recognized; undefined when a cancelled line gave the
   * units up.
   */
  readonly fact: string | undefined;
  readonly lines: readonly LineUnits[];
};

/** The order is paid, but its units have waited so long that its customer must be told. */
export type OrderBackorderOverdue = { readonly type: 'OrderBackorderOverdue' };

export type OrderPaymentAuthorized = {
  readonly type: 'OrderPaymentAuthorized';
  readonly payment: Payment;
};

export type OrderPaymentFailed = {
  readonly type: 'OrderPaymentFailed';
  readonly reference: string;
  /** Undefined while the grace is not known yet. */
  readonly paymentDueAt: Instant | undefined;
};

/** All units are bound and no payment is missing. */
export type OrderConfirmed = { readonly type: 'OrderConfirmed' };

export type RefusalReason = 'InsufficientStock' | 'ReservationGone' | 'Cancelled' | 'Unanswered';

export type OrderRejected = {
  readonly type: 'OrderRejected';
  readonly reason: RefusalReason;
  readonly shortfalls: readonly ShortSku[];
};

/** Units of one line that are cancelled, by where they were taken from. */
export type CancelledLine = {
  readonly line: LineId;
  readonly pendingUnits: number;
  readonly backorderedUnits: number;
  readonly allocatedUnits: number;
  readonly restock: boolean;
};

/** Some units are cancelled, others stay. */
export type OrderUnitsCancelled = {
  readonly type: 'OrderUnitsCancelled';
  readonly reason: string;
  readonly lines: readonly CancelledLine[];
};

/** The last units are cancelled. */
export type OrderCancelled = {
  readonly type: 'OrderCancelled';
  readonly cause: 'Asked' | 'PaymentMissing';
  readonly reason: string;
  readonly lines: readonly CancelledLine[];
};

export type OrderEvent =
  | OrderPlaced
  | OrderAllocationRequested
  | OrderAllocated
  | OrderBackorderFilled
  | OrderBackorderOverdue
  | OrderPaymentAuthorized
  | OrderPaymentFailed
  | OrderConfirmed
  | OrderRejected
  | OrderUnitsCancelled
  | OrderCancelled
  | OrderAllocationReleaseRequested;

/** The lane has given out this number. Stream: the lane's counter. */
export type OrderNumberTaken = { readonly type: 'OrderNumberTaken'; readonly count: number };
