/**
 * POST /graphql/stream of a subgraph process: one signed subscription, its events as JSON lines. An
 * empty line is a sign of life. Read only as fast as the gateway takes what is written.
 */
import type { ServerResponse } from 'node:http';
import type { Door } from './signed-request.http.ts';
import { badCall, type DoorParts, readAsked, sendJson, turnAway } from './subgraph-call.http.ts';
import type { Events } from './subgraph-call.ts';

export type StreamDoor = {
  readonly open: Door;
  /** So that gateways resume them at another process. */
  endAll(): void;
};

type Stream = { readonly events: Events; readonly response: ServerResponse };

const streamType = { 'content-type': 'application/jsonl; charset=utf-8' };

/** @returns false when the reader took nothing in time, or has gone */
const drained = (response: ServerResponse, { clock, bounds }: DoorParts): Promise<boolean> =>
  new Promise((resolve) => {
    const settle = (isDrained: boolean) => () => {
      cancel();
      response.off('drain', taken);
      response.off('close', gone);
      resolve(isDrained);
    };
    const taken = settle(true);
    const gone = settle(false);
    const cancel = clock.after(bounds.slowReaderMs, gone);
    response.once('drain', taken);
    response.once('close', gone);
  });

const pump = async ({ events, response }: Stream, parts: DoorParts): Promise<void> => {
  for (;;) {
    const text = await events.next();
    if (response.destroyed || response.writableEnded) return;
    if (text === undefined) return void response.end();
    if (response.write(`${text}\n`)) continue;
    // Its end would wait for the reader too.
    if (!(await drained(response, parts))) return void response.destroy();
  }
};

/** One beat for all; a stream with something unread needs no sign of life. */
const beat = (streams: ReadonlySet<Stream>, parts: DoorParts): void => {
  for (const { response } of streams) {
    if (response.writableLength === 0 && !response.writableEnded) response.write('\n');
  }
  if (!parts.closing()) parts.clock.after(parts.bounds.beatMs, () => beat(streams, parts));
};

export const createStreamDoor = (parts: DoorParts): StreamDoor => {
  const { runner, bounds, closing } = parts;
  const streams = new Set<Stream>();
  let opening = 0;
  beat(streams, parts);
  const stop = (stream: Stream) => {
    streams.delete(stream);
    stream.events.stop();
  };
  const run = async (stream: Stream) => {
    const { response } = stream;
    streams.add(stream);
    response.once('close', () => {
      if (streams.has(stream)) stop(stream);
    });
    response.socket?.setNoDelay(true);
    response.writeHead(200, streamType);
    response.flushHeaders();
    await pump(stream, parts);
  };
  return {
    async open(call) {
      const { response } = call;
      if (closing()) return turnAway(response, 'stopping');
      if (streams.size + opening >= bounds.streamsMax) return turnAway(response, 'overloaded');
      const asked = readAsked(call);
      if (asked === undefined) return badCall(response);
      opening += 1;
      const events = await runner.events(asked).finally(() => {
        opening -= 1;
      });
      if (typeof events === 'string') return sendJson(response, events);
      const stream = { events, response };
      if (response.destroyed) return stop(stream);
      if (!closing()) return run(stream);
      stop(stream);
      turnAway(response, 'stopping');
    },
    endAll() {
      for (const stream of streams) {
        stream.response.end();
        stop(stream);
      }
    },
  };
};
