/**
 * Inventory's facts as the oracle reads them: by its own words, so that a mistake of the shipped
 * code is not shared.
 */
import type { DomainEvent } from '@holdfast/chassis/commit';

type Placed = { readonly sku: string; readonly location: string; readonly units: number };
type Wanted = { readonly sku: string; readonly units: number };
type Held = {
  readonly claim: string;
  readonly location: string;
  readonly units: number;
  readonly expiresAt: number;
};

export type Rules = {
  readonly mode: string;
  readonly holdSeconds: number;
  readonly holdSecondsMax: number;
  readonly paymentGraceSeconds: number;
  readonly backorder: string;
  readonly safetyStock: number;
};

export type CatalogFact =
  | { readonly type: 'LocationSaved'; readonly code: string }
  | { readonly type: 'ChannelSaved'; readonly code: string; readonly locations: readonly string[] }
  | { readonly type: 'ClassSaved'; readonly code: string; readonly rules: Rules };

export type PhysicalFact =
  | {
      readonly type: 'StockReceived';
      readonly location: string;
      readonly condition: string;
      readonly units: number;
    }
  | {
      readonly type: 'StockAdjusted' | 'StockCounted';
      readonly location: string;
      readonly condition: string;
      readonly deltaUnits: number;
    }
  | {
      readonly type: 'StockMoved';
      readonly location: string;
      readonly from: string;
      readonly to: string;
      readonly units: number;
    };

export type CommitmentFact =
  | ({ readonly type: 'StockReserved' } & Held)
  | ({ readonly type: 'StockReservationReleased' } & Held)
  | ({ readonly type: 'StockReservationExpired' } & Held)
  | ({ readonly type: 'StockReservationExtended'; readonly before: number } & Held)
  | ({ readonly type: 'StockReservationConverted'; readonly allocation: string } & Held)
  | ({ readonly type: 'StockAllocated' } & Omit<Held, 'expiresAt'> & {
        readonly backordered: boolean;
      })
  | ({ readonly type: 'StockAllocationReleased' } & Omit<Held, 'expiresAt'> & {
        readonly inspectedUnits: number;
      })
  | {
      readonly type: 'StockBackordered';
      readonly claim: string;
      readonly channel: string;
      readonly units: number;
    }
  | { readonly type: 'StockBackorderCancelled'; readonly claim: string; readonly units: number };

export type StockFact =
  | { readonly type: 'ItemSaved'; readonly productClass: string }
  | PhysicalFact
  | CommitmentFact;

export type ClaimFact =
  | {
      readonly type: 'ReservationMade';
      readonly channel: string;
      readonly buyer: string | undefined;
      readonly lines: readonly Placed[];
      readonly expiresAt: number;
      readonly latestExpiresAt: number;
    }
  | { readonly type: 'ReservationExtended'; readonly expiresAt: number }
  | { readonly type: 'ReservationReleased'; readonly reason: string }
  | { readonly type: 'ReservationExpired' }
  | { readonly type: 'ReservationConverted'; readonly allocation: string }
  | {
      readonly type: 'AllocationMade';
      readonly order: string;
      readonly channel: string;
      readonly lines: readonly Placed[];
      readonly backordered: readonly Wanted[];
      readonly paymentGraceSeconds: number;
    }
  | { readonly type: 'AllocationRefused'; readonly order: string; readonly reason: string }
  | { readonly type: 'BackorderFilled'; readonly order: string; readonly lines: readonly Placed[] }
  | {
      readonly type: 'AllocationReleased';
      readonly lines: readonly Placed[];
      readonly backordered: readonly Wanted[];
    };

/** The log's hash chain has been checked; what it holds is what inventory wrote. */
export const catalogFact = (event: DomainEvent): CatalogFact => event as CatalogFact;
export const stockFact = (event: DomainEvent): StockFact => event as StockFact;
export const claimFact = (event: DomainEvent): ClaimFact => event as ClaimFact;
