/** The closed list of top-level error codes, and how HTTP says each. */
import { GraphQLError, type GraphQLErrorOptions } from 'graphql';

/** Where an error belongs and what stands behind it; what is undefined is not known. */
export type ErrorFacts = {
  readonly [Key in keyof GraphQLErrorOptions]?: GraphQLErrorOptions[Key] | undefined;
};

/**
 * Without where it was made: nobody reads that of a refusal, and finding out costs a gateway that
 * refuses most of what comes a quarter of its time.
 */
export function graphqlError(message: string, facts: ErrorFacts): GraphQLError {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  try {
    return newError(message, facts);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** GraphQL's own constructor takes null for what is not known, but not undefined. */
const newError = (message: string, facts: ErrorFacts): GraphQLError =>
  new GraphQLError(message, {
    nodes: facts.nodes ?? null,
    source: facts.source ?? null,
    positions: facts.positions ?? null,
    path: facts.path ?? null,
    originalError: facts.originalError ?? null,
    extensions: facts.extensions ?? null,
  });

/**
 * By code, the status under application/graphql-response+json where no data was produced (INTERFACE
 * "Error codes").
 */
const statuses = {
  BAD_REQUEST: 400,
  GRAPHQL_PARSE_FAILED: 400,
  GRAPHQL_VALIDATION_FAILED: 400,
  OPERATION_RESOLUTION_FAILURE: 400,
  PERSISTED_QUERY_NOT_FOUND: 400,
  DOCUMENT_NOT_TRUSTED: 400,
  BAD_USER_INPUT: 400,
  NOT_FOUND: 404,
  DOCUMENT_TOO_LARGE: 400,
  DEPTH_LIMIT: 400,
  ALIAS_LIMIT: 400,
  COST_LIMIT: 400,
  // A refusal for role is 200 in both media types: INTERFACE "Who".
  UNAUTHENTICATED: 200,
  FORBIDDEN: 200,
  RATE_LIMITED: 429,
  OVERLOADED: 503,
  TIMEOUT: 504,
  UNAVAILABLE: 503,
  INTERNAL: 500,
} as const;

export type ErrorCode = keyof typeof statuses;

export const isErrorCode = (code: unknown): code is ErrorCode =>
  typeof code === 'string' && Object.hasOwn(statuses, code);

export const statusOfCode = (code: ErrorCode): number => statuses[code];

/**
 * What a subgraph may say of itself to a client; every other code of its errors becomes INTERNAL.
 */
const subgraphCodes: ReadonlySet<ErrorCode> = new Set([
  'BAD_USER_INPUT',
  'NOT_FOUND',
  'FORBIDDEN',
  'UNAUTHENTICATED',
  'TIMEOUT',
  'UNAVAILABLE',
  'OVERLOADED',
]);

export const isSubgraphCode = (code: unknown): code is ErrorCode =>
  isErrorCode(code) && subgraphCodes.has(code);

/** A no of the gateway itself: its message may be shown as it is. */
export const refusal = (code: ErrorCode, message: string, facts: ErrorFacts = {}): GraphQLError =>
  graphqlError(message, { ...facts, extensions: { ...facts.extensions, code } });
