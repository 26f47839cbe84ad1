/** Who asks: made once by the gateway from a key, trusted by the subgraphs. */
export type Role = 'storefront' | 'agent' | 'partner' | 'operator' | 'service';

export type Scope = 'stock:read' | 'stock:write' | 'orders:read' | 'orders:write';

export type Caller = {
  readonly role: Role;
  /**
   * Stable for a key, never the key itself: scopes idempotency keys, buyers and a partner's own
   * orders.
   */
  readonly id: string;
  readonly scopes: readonly Scope[];
};

/**
 * INTERFACE "Who": operators may everything, a partner what its scopes say; an agent and a
 * storefront never write stock.
 */
export const mayWriteStock = (caller: Caller): boolean =>
  caller.role === 'operator' ||
  caller.role === 'service' ||
  (caller.role === 'partner' && caller.scopes.includes('stock:write'));

/** Exact quantities by location and stock positions. */
export const maySeeStock = (caller: Caller): boolean =>
  caller.role !== 'storefront' &&
  (caller.role !== 'partner' || caller.scopes.includes('stock:read'));
