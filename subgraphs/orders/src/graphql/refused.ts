/** Top-level errors (INTERFACE "Error codes") and who may do what (INTERFACE "Who"). */
import type { Caller } from '@holdfast/schema/caller';
import { GraphQLError } from 'graphql';

type Code = 'FORBIDDEN' | 'BAD_USER_INPUT' | 'NOT_FOUND';

export const refused = (code: Code, message: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code } });

const forbidden = () => refused('FORBIDDEN', 'Your key may not do this.');

/** @throws GraphQLError FORBIDDEN */
export function requireRead({ role, scopes }: Caller): void {
  if (role === 'partner' && !scopes.includes('orders:read')) throw forbidden();
}

/** @throws GraphQLError FORBIDDEN */
export function requireWrite({ role, scopes }: Caller): void {
  if (role === 'partner' && !scopes.includes('orders:write')) throw forbidden();
}

/**
 * A storefront's key is public: numbers can be guessed, and what it says of payments proves
 * nothing.
 */
export function requireNoStorefront({ role }: Caller): void {
  if (role === 'storefront') throw forbidden();
}
