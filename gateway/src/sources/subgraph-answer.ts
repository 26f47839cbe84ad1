/** What a subgraph elsewhere has answered, as text. */
import { type ExecutionResult, GraphQLError } from 'graphql';
import { graphqlError } from '../errors/error-codes.ts';
import type { GatewayContext } from '../execution/federation.ts';
import type { Posted } from './http-post.ts';

const isResult = (value: unknown): value is ExecutionResult =>
  typeof value === 'object' && value !== null && ('data' in value || 'errors' in value);

const unsigned = (name: string): GraphQLError =>
  new GraphQLError(
    `${name} refused our signature: HOLDFAST_SECRET differs, or the clocks are over 30 s apart.`,
  );

/** @throws what is no answer of a subgraph's */
export const parseResult = ({ status, text }: Posted, name: string): ExecutionResult => {
  if (status === 401) throw unsigned(name);
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = undefined; // The sentence below says what it was.
  }
  if (isResult(parsed)) return parsed;
  throw new GraphQLError(`${name} answered ${status} with what is no GraphQL.`);
};

/** What is no answer over HTTP, e.g. an event. */
export const parseText = (text: string, name: string): ExecutionResult =>
  parseResult({ status: 200, headers: {}, text }, name);

/** The cursor that includes its effect is the request's. */
export const withCursor = (result: ExecutionResult, { cursors }: GatewayContext) => {
  const cursor = result.extensions?.cursor;
  if (typeof cursor === 'string') cursors.push(cursor);
  return result;
};

/** Errors as GraphQL's own, so that their codes say whether another try may help. */
export const refused = ({ errors = [] }: ExecutionResult): ExecutionResult => ({
  errors: errors.map(({ message, path, extensions }) =>
    graphqlError(message, { path, extensions }),
  ),
});
