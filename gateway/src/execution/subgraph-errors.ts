/** What of a subgraph's error a client may hear, and where in the client's answer it belongs. */
import type { GraphQLError } from 'graphql';
import { graphqlError, isSubgraphCode, refusal } from '../errors/error-codes.ts';
import type { AnswerPath } from './places.ts';

/** An error as a subgraph answers it: an object in the same process, JSON from a remote one. */
export type SubgraphError = {
  readonly message: string;
  readonly path?: AnswerPath | undefined;
  readonly extensions?: Readonly<Record<string, unknown>> | undefined;
};

/** Our own word for what has no error to tell of: it becomes INTERNAL. */
export const subgraphFault = (message: string, path?: AnswerPath): GraphQLError =>
  graphqlError(message, { path });

/** @param path where the error belongs in the answer; undefined where it concerns a whole fetch */
export const clientError = (
  { message, extensions }: SubgraphError,
  cause: unknown,
  path: AnswerPath | undefined,
): GraphQLError => {
  const originalError = cause instanceof Error ? cause : new Error(message);
  const code = extensions?.code;
  if (!isSubgraphCode(code)) return graphqlError(message, { path, originalError });
  const retryAfterMs = extensions?.retryAfterMs;
  const facts = typeof retryAfterMs === 'number' ? { retryAfterMs } : {};
  return refusal(code, message, { path, originalError, extensions: facts });
};
