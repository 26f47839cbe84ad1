/** How a live operation ends before its client wants it to. */
import { GraphQLError } from 'graphql';

/** Carries errors as GraphQL has them through code that throws. */
export class LiveRefused extends Error {
  readonly errors: readonly GraphQLError[];

  constructor(errors: readonly GraphQLError[]) {
    super(errors[0]?.message ?? 'The operation was refused.');
    this.errors = errors;
  }
}

/** The codes are INTERFACE's closed list. */
export const refusal = (
  code: 'BAD_USER_INPUT' | 'UNAUTHENTICATED' | 'RATE_LIMITED' | 'UNAVAILABLE' | 'BAD_REQUEST',
  message: string,
): GraphQLError => new GraphQLError(message, { extensions: { code } });

/** A code that another try may cure; without a code nobody knows, so that it is tried too. */
export const isTransient = (error: GraphQLError): boolean =>
  error.extensions.code === undefined ||
  ['UNAVAILABLE', 'TIMEOUT', 'OVERLOADED', 'INTERNAL'].includes(String(error.extensions.code));
