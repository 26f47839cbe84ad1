/** Whose an order is (INTERFACE "Who"). Foreign and absent orders look alike. */
import type { OrderRejection } from './decide.ts';
import type { Owner } from './events.ts';

/**
 * A storefront's orders are its buyers': ids are unguessable. A partner has its own; the others
 * have all.
 */
export function mayChange(caller: Owner, owner: Owner): boolean {
  switch (caller.role) {
    case 'storefront':
      return owner.role === 'storefront';
    case 'partner':
      return owner.role === 'partner' && owner.id === caller.id;
    case 'agent':
    case 'operator':
    case 'service':
      return true;
  }
}

export const notFound = (...path: readonly string[]): OrderRejection => ({
  type: 'NotFound',
  path,
  notKept: true,
});
