/** One response of server-sent events as the hub writes to it. */
import type { ServerResponse } from 'node:http';
import type { GraphQLError } from 'graphql';
import type { Cursor } from './cursor.ts';
import { type Lane, type Sink, wireText } from './sink.ts';
import { highWaterBytes } from './socket-lane.ts';

/** Says nothing, so that proxies see life. */
const comment = ':\n\n';

export class StreamLane implements Lane {
  readonly #response: ServerResponse;
  #out = '';

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  room(): boolean {
    return this.#response.writableLength + this.#out.length < highWaterBytes;
  }

  /** @param body one character a byte */
  add(body: string, resumeAt: Cursor | undefined): void {
    const id = resumeAt === undefined ? '' : `id: ${wireText(resumeAt.text)}\n`;
    this.#out += `${id}event: next\ndata: ${body}\n\n`;
  }

  flush(): void {
    const out = this.#out;
    this.#out = '';
    if (out !== '' && !this.#response.writableEnded) this.#response.write(out, 'latin1');
  }

  comment(): void {
    if (this.room()) this.#out += comment;
    this.flush();
  }

  /** The protocol's last event: the client does not come again. */
  complete(): void {
    this.#out += 'event: complete\ndata:\n\n';
    this.flush();
    this.#response.end();
  }
}

/** @param format gives an error the form that clients know */
export const streamSink = (
  lane: StreamLane,
  response: ServerResponse,
  format: (errors: readonly GraphQLError[]) => readonly unknown[],
): Sink => ({
  lane,
  room: () => lane.room(),
  next: (body, resumeAt) => lane.add(body, resumeAt),
  fail: (errors) => {
    lane.add(wireText(JSON.stringify({ errors: format(errors) })), undefined);
    lane.complete();
  },
  // Without a `complete` the client comes again, from the last event that it got.
  overflow: () => void response.destroy(),
});
