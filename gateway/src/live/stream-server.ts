/** Server-sent events: graphql-sse "distinct connections", one live operation a stream. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '@holdfast/schema/caller';
import { GraphQLError } from 'graphql';
import type { LiveOptions } from '../live-door.ts';
import type { Hub } from './hub.ts';
import { LiveRefused, refusal } from './live-errors.ts';
import type { LiveSettings } from './live-settings.ts';
import { errorsOf } from './runtime.ts';
import type { Sink } from './sink.ts';
import { StreamLane, streamSink } from './stream-lane.ts';
import { readStreamRequest, type StreamRequest } from './stream-request.ts';

export type StreamServer = {
  handle(request: IncomingMessage, response: ServerResponse): Promise<void>;
  /** Ends all streams, without the event that would keep their clients from coming again. */
  close(): Promise<void>;
};

const headers = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'no-cache, no-transform',
  connection: 'keep-alive',
  // nginx holds streams back otherwise.
  'x-accel-buffering': 'no',
} as const;

const keyUnknown = 'The key is not known.';

const authenticated = async (
  { authenticate }: LiveOptions,
  request: IncomingMessage,
): Promise<Caller | GraphQLError> => {
  const result = await authenticate(request.headers.authorization);
  if (result.type === 'known') return result.caller;
  const message = result.type === 'keyMissing' ? 'A key is needed.' : keyUnknown;
  return refusal('UNAUTHENTICATED', message);
};

const lastEventId = ({ headers: sent }: IncomingMessage): string | undefined => {
  const id = sent['last-event-id'];
  return typeof id === 'string' && id !== '' ? id : undefined;
};

/** Refuses with a status before the stream begins; afterwards errors are events. */
const refuse = (response: ServerResponse, status: number, message: string) => {
  const code = status === 503 ? 'OVERLOADED' : 'BAD_REQUEST';
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8' });
  response.end(JSON.stringify({ errors: [{ message, extensions: { code } }] }));
};

const begin = (response: ServerResponse): StreamLane => {
  response.socket?.setNoDelay(true);
  response.writeHead(200, headers);
  response.flushHeaders();
  return new StreamLane(response);
};

/** Whose trace an error without a caller belongs to. */
const nobody: Caller = { role: 'storefront', id: 'nobody', scopes: [] };

/** One open response. */
type Stream = {
  readonly lane: StreamLane;
  readonly sink: Sink;
  /** Undefined for who was not let in. */
  readonly caller: Caller | undefined;
};

/** What a stream is begun with, read and authenticated. */
type Begin = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly asked: StreamRequest;
  readonly caller: Caller | GraphQLError;
};

const openStream = ({ request, response, caller }: Begin, options: LiveOptions): Stream => {
  const known = caller instanceof GraphQLError ? undefined : caller;
  const address = options.addressOf(request);
  const { traceId } = options.createContext({ caller: known ?? nobody, address });
  const lane = begin(response);
  const sink = streamSink(lane, response, (errors) => options.maskErrors(errors, traceId));
  return { lane, sink, caller: known };
};

/** @returns leaves the live operation */
const subscribe = (
  hub: Hub,
  options: LiveOptions,
  { request, asked, caller }: Begin,
  sink: Sink,
): (() => void) => {
  try {
    if (caller instanceof GraphQLError) throw new LiveRefused([caller]);
    const address = options.addressOf(request);
    return hub.subscribe({ ...asked, caller, address, resumeAfter: lastEventId(request) }, sink);
  } catch (error) {
    sink.fail(errorsOf(error));
    return () => {};
  }
};

type Streams = ReadonlyMap<ServerResponse, Stream>;

/** Ends all without the event that would keep their clients from coming again. */
const endAll = async (streams: Streams, { clock, closeTimeoutMs }: LiveSettings) => {
  const gone = [...streams.keys()].map(
    (response) => new Promise<void>((resolve) => void response.once('close', () => resolve())),
  );
  for (const response of streams.keys()) response.end();
  const cancel = clock.after(closeTimeoutMs, () => {
    for (const response of streams.keys()) response.destroy();
  });
  await Promise.all(gone);
  cancel();
};

const endRevoked = (streams: Streams, callerIds: ReadonlySet<string>): void => {
  for (const { caller, sink } of streams.values()) {
    if (!caller || !callerIds.has(caller.id)) continue;
    sink.fail([refusal('UNAUTHENTICATED', keyUnknown)]);
  }
};

export const createStreamServer = (
  hub: Hub,
  options: LiveOptions,
  settings: LiveSettings,
): StreamServer => {
  const streams = new Map<ServerResponse, Stream>();
  const stopComments = settings.clock.every(settings.commentPeriodMs, () => {
    for (const { lane } of streams.values()) lane.comment();
  });
  const stopRevoking = options.onRevoked((callerIds) => endRevoked(streams, callerIds));

  const start = (opening: Begin) => {
    const { response } = opening;
    const stream = openStream(opening, options);
    streams.set(response, stream);
    hub.stats.connections += 1;
    response.once('close', () => {
      streams.delete(response);
      hub.stats.connections -= 1;
      leave();
    });
    const leave = subscribe(hub, options, opening, stream.sink);
  };
  return {
    handle: async (request, response) => {
      const asked = await readStreamRequest(request, settings.messageBytesMax);
      if ('status' in asked) return refuse(response, asked.status, asked.message);
      if (hub.stats.connections >= settings.connectionsMax) {
        return refuse(response, 503, 'Too many connections; come again later.');
      }
      const caller = await authenticated(options, request);
      if (!response.destroyed) start({ request, response, asked, caller });
    },
    close: async () => {
      stopComments();
      stopRevoking();
      await endAll(streams, settings);
    },
  };
};
