/** Server-sent events: graphql-sse "distinct connections", one live operation a stream. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Caller } from '@holdfast/schema/caller';
import { GraphQLError } from 'graphql';
import type { LiveOptions } from '../live-door.ts';
import type { Hub } from './hub.ts';
import { LiveRefused, refusal } from './live-errors.ts';
import type { LiveSettings } from './live-settings.ts';
import { errorsOf } from './runtime.ts';
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

const authenticated = (
  { authenticate }: LiveOptions,
  request: IncomingMessage,
): Caller | GraphQLError => {
  const result = authenticate(request.headers.authorization);
  if (result.type === 'known') return result.caller;
  const message = result.type === 'keyMissing' ? 'A key is needed.' : 'The key is not known.';
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

/** @returns leaves the live operation */
const subscribe = (
  hub: Hub,
  options: LiveOptions,
  request: IncomingMessage,
  response: ServerResponse,
  lane: StreamLane,
  asked: StreamRequest,
): (() => void) => {
  const caller = authenticated(options, request);
  const known = !(caller instanceof GraphQLError);
  const address = options.addressOf(request);
  const { traceId } = options.createContext({ caller: known ? caller : nobody, address });
  const sink = streamSink(lane, response, (errors) => options.maskErrors(errors, traceId));
  try {
    if (!known) throw new LiveRefused([caller]);
    return hub.subscribe({ ...asked, caller, address, resumeAfter: lastEventId(request) }, sink);
  } catch (error) {
    sink.fail(errorsOf(error));
    return () => {};
  }
};

export const createStreamServer = (
  hub: Hub,
  options: LiveOptions,
  settings: LiveSettings,
): StreamServer => {
  const streams = new Map<ServerResponse, StreamLane>();
  const stopComments = settings.clock.every(settings.commentPeriodMs, () => {
    for (const lane of streams.values()) lane.comment();
  });

  const start = (request: IncomingMessage, response: ServerResponse, asked: StreamRequest) => {
    const lane = begin(response);
    streams.set(response, lane);
    hub.stats.connections += 1;
    response.once('close', () => {
      streams.delete(response);
      hub.stats.connections -= 1;
      leave();
    });
    const leave = subscribe(hub, options, request, response, lane, asked);
  };
  return {
    handle: async (request, response) => {
      const asked = await readStreamRequest(request, settings.messageBytesMax);
      if ('status' in asked) return refuse(response, asked.status, asked.message);
      if (hub.stats.connections >= settings.connectionsMax) {
        return refuse(response, 503, 'Too many connections; come again later.');
      }
      start(request, response, asked);
    },
    close: async () => {
      stopComments();
      const gone = [...streams.keys()].map(
        (response) => new Promise<void>((resolve) => void response.once('close', () => resolve())),
      );
      for (const response of streams.keys()) response.end();
      const cut = () => {
        for (const response of streams.keys()) response.destroy();
      };
      const cancel = settings.clock.after(settings.closeTimeoutMs, cut);
      await Promise.all(gone);
      cancel();
    },
  };
};
