/** Top-level errors (INTERFACE "Error codes") and who may do what (INTERFACE "Who"). */
import { Overloaded } from '@holdfast/chassis/lane';
import type { Caller } from '@holdfast/schema/caller';
import { GraphQLError } from 'graphql';

type Code = 'FORBIDDEN' | 'BAD_USER_INPUT' | 'NOT_FOUND' | 'OVERLOADED';

export const refused = (code: Code, message: string, more: object = {}): GraphQLError =>
  new GraphQLError(message, { extensions: { code, ...more } });

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

/** A look that the lane has no room for is told as such, and not as a failure. */
export async function orOverloaded<Value>(look: Promise<Value>): Promise<Value> {
  try {
    return await look;
  } catch (failure) {
    if (!(failure instanceof Overloaded)) throw failure;
    const { message, retryAfterMs } = failure;
    throw refused('OVERLOADED', message, { retryAfterMs });
  }
}
