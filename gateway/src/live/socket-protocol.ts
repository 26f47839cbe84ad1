/** What graphql-ws asks of the gateway: who may connect, and what a message starts. */
import type { Caller } from '@holdfast/schema/caller';
import {
  type ExecutionArgs,
  type ExecutionResult,
  type FormattedExecutionResult,
  type GraphQLError,
  type GraphQLFormattedError,
  GraphQLSchema,
  parse,
} from 'graphql';
import type { Context, ServerOptions, SubscribePayload } from 'graphql-ws';
import type { WebSocket } from 'ws';
import type { LiveOptions } from '../live-door.ts';
import type { Hub } from './hub.ts';
import { LiveRefused, refusal } from './live-errors.ts';
import { closeCode, type LiveSettings } from './live-settings.ts';
import type { SocketLane } from './socket-lane.ts';
import { startLive } from './socket-operation.ts';

/** One socket. */
export type Connection = {
  readonly socket: WebSocket;
  readonly lane: SocketLane;
  readonly address: string;
  /** Aborted when the socket has closed. */
  readonly gone: AbortController;
  /** Set by `connection_init`, before which nothing is run. */
  caller: Caller | undefined;
};

type Init = Record<string, unknown> | undefined;
type SocketContext = Context<Init, Connection>;

/** What is run by `execute` and `subscribe`, which get it as their context value. */
type Start = () => ReturnType<NonNullable<ServerOptions['execute']>>;

/** graphql-ws wants a document to see whether it is live; the gateway prepares the real one. */
const schema = new GraphQLSchema({});
const liveDocument = parse('subscription { live }');
const onceDocument = parse('{ once }');

const startArgs = (live: boolean, start: Start): ExecutionArgs => ({
  schema,
  document: live ? liveDocument : onceDocument,
  contextValue: start,
});

const run = (args: ExecutionArgs) => (args.contextValue as Start)();

/** graphql-ws answers a result as `next`; one without data is to be an `error` frame. */
const orRefused = (result: ExecutionResult): ExecutionResult => {
  if (result.data === undefined) throw new LiveRefused(result.errors ?? []);
  return result;
};

async function* once(result: Promise<ExecutionResult>): AsyncGenerator<ExecutionResult> {
  yield orRefused(await result);
}

const onConnect =
  ({ authenticate }: LiveOptions) =>
  async ({ connectionParams, extra }: SocketContext): Promise<boolean> => {
    const authenticated = await authenticate(connectionParams?.authorization);
    switch (authenticated.type) {
      case 'known':
        extra.caller = authenticated.caller;
        return true;
      case 'keyMissing':
        // Before graphql-ws closes with 4403, which says that the key is wrong.
        extra.socket.close(closeCode.unauthorized, 'Unauthorized');
        return false;
      case 'keyUnknown':
        return false;
    }
  };

const onSubscribe =
  (hub: Hub, options: LiveOptions, settings: LiveSettings) =>
  (context: SocketContext, id: string, payload: SubscribePayload) => {
    const { caller, address, lane, gone, socket } = context.extra;
    if (caller === undefined) throw new Error('A socket was acknowledged without a caller.');
    if (Object.keys(context.subscriptions).length > settings.subscriptionsPerSocketMax) {
      const message = `A socket has at most ${settings.subscriptionsPerSocketMax} operations.`;
      return [refusal('RATE_LIMITED', message)];
    }
    const operation = {
      query: payload.query,
      operationName: payload.operationName ?? undefined,
      variables: payload.variables ?? undefined,
    };
    const prepared = options.federation.prepare(operation.query, operation.operationName);
    if ('errors' in prepared) return prepared.errors;
    const kind = prepared.operation.operation;
    if (kind === 'subscription') {
      const overflow = () => socket.close(closeCode.tryAgainLater, 'Too slow; resume');
      const request = { ...operation, caller, address, resumeAfter: undefined };
      return startArgs(true, () => startLive(hub, request, lane, id, overflow));
    }
    // A mutation is not cut short: its effect stands, whether or not somebody hears of it.
    const signal = kind === 'query' ? gone.signal : undefined;
    return startArgs(false, () =>
      once(options.runOperation(operation, options.createContext({ caller, address, signal }))),
    );
  };

/** Errors come from a refused start, or wrapped by graphql-ws from an operation that ended. */
const unwrap = (errors: readonly GraphQLError[]): readonly GraphQLError[] =>
  errors.flatMap((error) =>
    error.originalError instanceof LiveRefused ? error.originalError.errors : [error],
  );

const isMasked = (error: GraphQLError): boolean => error.extensions?.traceId !== undefined;

/** JSON.stringify, which comes next, calls the `toJSON` of a GraphQLError. */
const asFormatted = (errors: readonly GraphQLError[]) => errors as readonly GraphQLFormattedError[];

const onError =
  ({ maskErrors, createContext }: LiveOptions) =>
  (
    { extra }: SocketContext,
    _id: string,
    _payload: SubscribePayload,
    errors: readonly GraphQLError[],
  ): readonly GraphQLFormattedError[] => {
    const unwrapped = unwrap(errors);
    const { caller, address } = extra;
    if (caller === undefined || unwrapped.every(isMasked)) return asFormatted(unwrapped);
    return asFormatted(maskErrors(unwrapped, createContext({ caller, address }).traceId));
  };

export const socketProtocol = (
  hub: Hub,
  options: LiveOptions,
  settings: LiveSettings,
): ServerOptions<Init, Connection> => ({
  connectionInitWaitTimeout: settings.initTimeoutMs,
  onConnect: onConnect(options),
  onSubscribe: onSubscribe(hub, options, settings),
  execute: run,
  subscribe: run,
  onNext: (_context, _id, _payload, _args, result) => result as FormattedExecutionResult,
  onError: onError(options),
  onPong: ({ extra }) => extra.lane.pong(),
});
