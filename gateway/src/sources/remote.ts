/** A subgraph in another process, over HTTP. */
import { type ExecutionResult, GraphQLError } from 'graphql';
import { refusal } from '../errors/error-codes.ts';
import type { DataSource, GatewayContext } from '../execution/federation.ts';
import { createPost, type Posted, PostTimeout } from './http-post.ts';

export type RemoteSubgraph = {
  readonly name: string;
  /** Of its GraphQL endpoint, e.g. http://10.0.0.7:4001/graphql. */
  readonly url: string;
  /** What the subgraph shall know of a call besides its trace id and cursor: who asks, signed. */
  headersOf(context: GatewayContext, body: string): Readonly<Record<string, string>>;
};

const isResult = (value: unknown): value is ExecutionResult =>
  typeof value === 'object' && value !== null && ('data' in value || 'errors' in value);

const parseResult = ({ status, text }: Posted, name: string): ExecutionResult => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = undefined;
  }
  if (isResult(parsed)) return parsed;
  // A proxy between us says so when nobody is behind it.
  if (status >= 500) throw refusal('UNAVAILABLE', `${name} cannot be reached.`);
  throw new GraphQLError(`${name} answered ${status} with what is no GraphQL.`);
};

const failureOf = (cause: unknown, name: string): GraphQLError => {
  const originalError = cause instanceof Error ? cause : undefined;
  return cause instanceof PostTimeout
    ? refusal('TIMEOUT', `${name} did not answer in time.`, { originalError })
    : refusal('UNAVAILABLE', `${name} cannot be reached.`, { originalError });
};

const headersFor = (context: GatewayContext, more: Readonly<Record<string, string>>): string[] => {
  const headers = ['content-type', 'application/json', 'x-request-id', context.traceId];
  if (context.after !== undefined) headers.push('holdfast-after', context.after);
  for (const [name, value] of Object.entries(more)) headers.push(name, value);
  return headers;
};

export type RemoteSource = DataSource & { close(): Promise<void> };

export const remoteSource = (
  { name, url, headersOf }: RemoteSubgraph,
  timeoutMs: number,
): RemoteSource => {
  const post = createPost(url, timeoutMs);
  return {
    process: async (call, context) => {
      const body = JSON.stringify(call);
      const headers = headersFor(context, headersOf(context, body));
      let posted: Posted;
      try {
        posted = await post.send(body, headers, context.signal);
      } catch (cause) {
        throw failureOf(cause, name);
      }
      const result = parseResult(posted, name);
      const cursor = result.extensions?.cursor;
      if (typeof cursor === 'string') context.cursors.push(cursor);
      return result;
    },
    subscribe: async () => ({
      errors: [refusal('UNAVAILABLE', `${name} has no live door over HTTP.`)],
    }),
    close: post.close,
  };
};
