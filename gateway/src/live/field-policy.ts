/**
 * How each subscription field is shared and delivered.
 *
 * Source: DESIGN 7 (stock is conflated to the newest value, orders are told every fact).
 */
import { type Caller, maySeeStock } from '@holdfast/schema/caller';

export type FieldPolicy = {
  readonly field: string;
  /** The argument that says what is watched; a client's list is split so that others can share. */
  readonly keys: 'skus' | 'orderId';
  /** The union that the field answers. */
  readonly messageType: string;
  /** `newest`: a later body of a key replaces the one that waits. `every`: in order, bounded. */
  readonly keep: 'newest' | 'every';
  /** Fields that the hub needs, whatever the client selected; `_holdfast` is reserved for them. */
  readonly hidden: string;
  /** Names everything about the caller that may change the answer. */
  scopeOf(caller: Caller): string;
};

/** Aliases that begin with this are the hub's; a client that uses it is refused. */
export const reservedAlias = '_holdfast';

const policies: readonly FieldPolicy[] = [
  {
    field: 'availabilityChanged',
    keys: 'skus',
    messageType: 'AvailabilityMessage',
    keep: 'newest',
    hidden: `{
        _holdfastType: __typename
        ... on AvailabilitySnapshot {
          _holdfastCursor: cursor
          _holdfastComplete: complete
          _holdfastAll: availabilities { sku version }
        }
        ... on AvailabilityChange {
          _holdfastCursor: cursor
          _holdfastOne: availability { sku version }
        }
        ... on Heartbeat { _holdfastCursor: cursor }
      }`,
    // A storefront may see capped quantities, others exact ones, and byLocation wants stock:read.
    scopeOf: (caller) =>
      `${caller.role === 'storefront' ? 'shop' : 'staff'} ${maySeeStock(caller)}`,
  },
  {
    field: 'orderChanged',
    keys: 'orderId',
    messageType: 'OrderMessage',
    keep: 'every',
    hidden: `{
        _holdfastType: __typename
        ... on OrderSnapshot { _holdfastCursor: cursor }
        ... on OrderChange { _holdfastCursor: cursor }
        ... on Heartbeat { _holdfastCursor: cursor }
      }`,
    scopeOf: (caller) => JSON.stringify([caller.role, caller.id, caller.scopes]),
  },
];

/** Undefined for a field that nobody has thought about: refused rather than shared wrongly. */
export const policyOf = (field: string): FieldPolicy | undefined =>
  policies.find((policy) => policy.field === field);
