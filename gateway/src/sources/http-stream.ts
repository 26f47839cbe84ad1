/** One POST that is answered by JSON lines without end, read only as fast as they are taken. */
import { Client, type Dispatcher } from 'undici';
import type { LiveClock } from '../live/live-clock.ts';
import { connectTimeoutMs, type Posted, type Posting, PostTimeout } from './http-post.ts';
import { LineReader } from './line-reader.ts';

/** What opens a stream, within a time. */
export type Opening = Posting & { readonly timeoutMs: number };

/** Each line that is not empty, as text. */
export type Lines = AsyncIterableIterator<string> & { return(): Promise<IteratorResult<string>> };

/** Two and a half of the beats that a subgraph's quiet stream has. */
export const silenceMaxMs = 25_000;
const refusalBytesMax = 1024 * 1024;

const linesType = 'application/jsonl';

/** Calls `silent` when `heard` has not been called for too long. */
const watchSilence = (clock: LiveClock, reader: LineReader, silent: () => void) => {
  let heardAtMs = clock.monotonicMs();
  let cancel = () => {};
  const look = () => {
    if (reader.isPaused) heardAtMs = clock.monotonicMs();
    const leftMs = heardAtMs + silenceMaxMs - clock.monotonicMs();
    if (leftMs <= 0) silent();
    else cancel = clock.after(leftMs, look);
  };
  look();
  return {
    heard: () => {
      heardAtMs = clock.monotonicMs();
    },
    stop: () => cancel(),
  };
};

type Opened = { readonly resolve: (opened: Lines | Posted) => void; reject(cause: unknown): void };

const linesOf = (reader: LineReader, leave: () => void): Lines => {
  const lines: Lines = {
    [Symbol.asyncIterator]: () => lines,
    next: () => reader.next(),
    return: async () => {
      leave();
      return { value: undefined, done: true };
    },
  };
  return lines;
};

const streaming = (client: Client, clock: LiveClock, { resolve, reject }: Opened) => {
  let controller: Dispatcher.DispatchController | undefined;
  let ended = false;
  const end = (failure: unknown) => {
    if (ended) return;
    ended = true;
    silence.stop();
    reader.end(failure);
    // Its connection has had its one use.
    client.destroy().catch(reject);
  };
  const stop = (reason: Error) => {
    end(reason);
    controller?.abort(reason);
  };
  const reader = new LineReader(stop);
  const silence = watchSilence(clock, reader, () => stop(new Error('the stream fell silent')));
  const lines = linesOf(reader, () => end(undefined));
  let refused: { status: number; headers: Posted['headers']; text: string } | undefined;
  const handler: Dispatcher.DispatchHandler = {
    onRequestStart: (started) => {
      controller = started;
    },
    onResponseStart: (_, status, headers) => {
      const isStream = status === 200 && String(headers['content-type']).startsWith(linesType);
      if (isStream) resolve(lines);
      else refused = { status, headers, text: '' };
    },
    onResponseData: (answering, chunk) => {
      silence.heard();
      if (refused === undefined) return reader.take(answering, chunk);
      refused.text += chunk.toString('utf8');
      if (refused.text.length > refusalBytesMax) stop(new Error('a refusal without an end'));
    },
    onResponseEnd: () => {
      if (refused) resolve(refused);
      end(undefined);
    },
    onResponseError: (_, cause) => {
      reject(cause);
      end(cause);
    },
  };
  return { handler, stop };
};

/**
 * @returns the lines, or the answer that refuses them
 * @throws what the connection failed with; PostTimeout when no answer begins in time
 */
export const openLines = (
  origin: string,
  { path, body, headers, timeoutMs }: Opening,
  clock: LiveClock,
): Promise<Lines | Posted> =>
  new Promise((resolve, reject) => {
    const client = new Client(origin, {
      connect: { timeout: connectTimeoutMs },
      headersTimeout: 0,
      bodyTimeout: 0,
    });
    const settle =
      <Value>(act: (value: Value) => void) =>
      (value: Value) => {
        cancel();
        act(value);
      };
    const { handler, stop } = streaming(client, clock, {
      resolve: settle(resolve),
      reject: settle(reject),
    });
    const cancel = clock.after(timeoutMs, () => {
      const late = new PostTimeout('no answer in time');
      reject(late);
      stop(late);
    });
    client.dispatch({ path, method: 'POST', headers, body }, handler);
  });
