/**
 * The last thing every error passes: what is not ours becomes one neutral message and a log line.
 */
import { GraphQLError, type GraphQLFormattedError } from 'graphql';
import type { Logger } from '../logger.ts';
import { graphqlError, isErrorCode } from './error-codes.ts';

const internalMessage = 'Something went wrong on our side.';
const errorsMax = 100; // one failed fetch can concern hundreds of places in an answer

/**
 * @returns errors that serialize to what a client may see: closed code list, trace id, nothing of
 * the inside
 */
export type MaskErrors = (
  errors: readonly (GraphQLError | GraphQLFormattedError | Error)[],
  traceId: string,
) => readonly GraphQLError[];

const asGraphQLError = (error: GraphQLError | GraphQLFormattedError | Error): GraphQLError => {
  if (error instanceof GraphQLError) return error;
  if (error instanceof Error) return graphqlError(error.message, { originalError: error });
  return graphqlError(error.message, { path: error.path, extensions: error.extensions });
};

/** What was thrown first: every layer that an error passes may have wrapped it. */
const rootCause = (error: Error): Error =>
  error instanceof GraphQLError && error.originalError ? rootCause(error.originalError) : error;

/** The error itself but for its extensions: GraphQL's constructor costs more than all the rest. */
const withTraceId = (error: GraphQLError, traceId: string): GraphQLError =>
  Object.assign(Object.create(error), { extensions: { ...error.extensions, traceId } });

export const createMaskErrors =
  (logger: Logger): MaskErrors =>
  (errors, traceId) => {
    // One cause can stand behind many errors: it is logged once.
    const logged = new Set<unknown>();
    return errors.slice(0, errorsMax).map((given) => {
      const error = asGraphQLError(given);
      const { code } = error.extensions;
      if (isErrorCode(code) && code !== 'INTERNAL') return withTraceId(error, traceId);
      const { nodes, source, positions, path } = error;
      const cause = rootCause(error);
      if (!logged.has(cause)) {
        logged.add(cause);
        logger.error('unexpected error', { traceId, path, cause: cause.stack ?? cause.message });
      }
      const extensions = { code: 'INTERNAL', traceId };
      return graphqlError(internalMessage, { nodes, source, positions, path, extensions });
    });
  };
