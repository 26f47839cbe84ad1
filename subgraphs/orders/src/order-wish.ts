/** What a caller wants to order, understood but not yet decided. */
import type { ChannelCode, ClaimId, IdempotencyKey, Sku } from '@holdfast/schema/identifiers';
import type { Money } from '@holdfast/schema/money';
import type { Units } from '@holdfast/schema/quantities';
import type { Payment } from './order/events.ts';

export type LineWish = {
  readonly sku: Sku;
  readonly units: Units;
  readonly unitPrice: Money | undefined;
  /** Where in the input the SKU stands first at this price. */
  readonly position: number;
};

export type OrderWish = {
  readonly channel: ChannelCode | undefined;
  /** Malformed: a text that no reservation was ever called. */
  readonly reservation: ClaimId | 'malformed' | undefined;
  /** No two of the same SKU and price; undefined: the reservation's. */
  readonly lines: readonly LineWish[] | undefined;
};

type Text = string | undefined;

/** Who buys and where to: sealed before it is stored, and shown to nobody. */
export type Personal = {
  readonly customer: { readonly email: string; readonly name: Text; readonly phone: Text };
  readonly shipTo:
    | {
        readonly name: Text;
        readonly street: string;
        readonly city: string;
        readonly postalCode: string;
        readonly country: string;
      }
    | undefined;
};

export type PlaceOrderWish = OrderWish & {
  readonly key: IdempotencyKey;
  readonly total: Money | undefined;
  readonly payment: Payment | undefined;
  readonly personal: Personal;
};
