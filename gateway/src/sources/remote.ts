/** A subgraph in another process, over HTTP with kept connections. */
import { type ExecutionResult, GraphQLError } from 'graphql';
import { Pool } from 'undici';
import { refusal } from '../errors/error-codes.ts';
import type { DataSource, GatewayContext } from '../execution/federation.ts';

export type RemoteSubgraph = {
  readonly name: string;
  /** Of its GraphQL endpoint, e.g. http://10.0.0.7:4001/graphql. */
  readonly url: string;
  /** What the subgraph shall know of a call: who asks, signed. */
  headersOf(context: GatewayContext, body: string): Readonly<Record<string, string>>;
};

const connectionsMax = 64;
const connectTimeoutMs = 1_000; // inside one data center

type Problem = 'TIMEOUT' | 'UNAVAILABLE';

/** undici names its failures by code; all but timeouts mean that nobody is there. */
const problemOf = (cause: unknown): Problem => {
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  return code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT'
    ? 'TIMEOUT'
    : 'UNAVAILABLE';
};

const messages: Readonly<Record<Problem, string>> = {
  TIMEOUT: 'did not answer in time.',
  UNAVAILABLE: 'cannot be reached.',
};

const isResult = (value: unknown): value is ExecutionResult =>
  typeof value === 'object' && value !== null && ('data' in value || 'errors' in value);

const parseResult = (text: string, name: string): ExecutionResult => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    parsed = undefined;
  }
  if (isResult(parsed)) return parsed;
  throw new GraphQLError(`${name} answered what is no GraphQL.`);
};

const addCursor = ({ extensions }: ExecutionResult, { cursors }: GatewayContext): void => {
  const cursor = extensions?.cursor;
  if (typeof cursor === 'string') cursors.push(cursor);
};

export type RemoteSource = DataSource & { close(): Promise<void> };

export const remoteSource = (
  { name, url, headersOf }: RemoteSubgraph,
  timeoutMs: number,
): RemoteSource => {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, {
    connections: connectionsMax,
    connect: { timeout: connectTimeoutMs },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });
  const post = async (body: string, context: GatewayContext): Promise<string> => {
    try {
      const answer = await pool.request({
        path: pathname,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          accept: 'application/json',
          'x-request-id': context.traceId,
          ...(context.after !== undefined && { 'holdfast-after': context.after }),
          ...headersOf(context, body),
        },
        body,
        signal: context.signal ?? null,
      });
      return await answer.body.text();
    } catch (cause) {
      const problem = problemOf(cause);
      const originalError = cause instanceof Error ? cause : undefined;
      throw refusal(problem, `${name} ${messages[problem]}`, { originalError });
    }
  };
  return {
    process: async (call, context) => {
      const result = parseResult(await post(JSON.stringify(call), context), name);
      addCursor(result, context);
      return result;
    },
    subscribe: async () => ({
      errors: [refusal('UNAVAILABLE', `${name} has no live door over HTTP.`)],
    }),
    close: () => pool.close(),
  };
};
