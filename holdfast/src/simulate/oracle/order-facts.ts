/** The facts of orders as the oracle reads them. */
import type { DomainEvent } from '@holdfast/chassis/commit';
import type {
  OrderAllocationReleaseRequested,
  OrderAllocationRequested,
} from '@holdfast/schema/events';

export type CancelledUnits = {
  readonly line: string;
  readonly pendingUnits: number;
  readonly backorderedUnits: number;
  readonly allocatedUnits: number;
};

export type OrderFact =
  | {
      readonly type: 'OrderPlaced';
      readonly order: string;
      readonly number: string;
      readonly claim: string;
      readonly needsPayment: boolean;
      readonly personal: string;
      readonly lines: readonly {
        readonly line: string;
        readonly sku: string;
        readonly units: number;
      }[];
    }
  | OrderAllocationRequested
  | OrderAllocationReleaseRequested
  | {
      readonly type: 'OrderAllocated';
      readonly lines: readonly {
        readonly line: string;
        readonly allocatedUnits: number;
        readonly backorderedUnits: number;
      }[];
      readonly paymentGraceSeconds: number;
      readonly paymentDueAt: number | undefined;
    }
  | {
      readonly type: 'OrderBackorderFilled';
      readonly lines: readonly { readonly line: string; readonly units: number }[];
    }
  | { readonly type: 'OrderBackorderOverdue' }
  | { readonly type: 'OrderPaymentAuthorized' }
  | { readonly type: 'OrderPaymentFailed'; readonly paymentDueAt: number | undefined }
  | { readonly type: 'OrderConfirmed' }
  | { readonly type: 'OrderRejected'; readonly reason: string }
  | { readonly type: 'OrderUnitsCancelled'; readonly lines: readonly CancelledUnits[] }
  | {
      readonly type: 'OrderCancelled';
      readonly cause: string;
      readonly lines: readonly CancelledUnits[];
    };

/** The log's hash chain has been checked; what it holds is what orders wrote. */
export const orderFact = (event: DomainEvent): OrderFact => event as OrderFact;
