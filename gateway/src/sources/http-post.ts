/**
 * One POST over kept connections, without the streams and header objects that undici's `request`
 * makes for each.
 */
import { type Dispatcher, Pool } from 'undici';

export type Posted = {
  readonly status: number;
  readonly text: string;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
};

/** The other side took too long. */
export class PostTimeout extends Error {}

/** No connection could be had: the other side has not seen anything of the call. */
export class NothingSent extends Error {}

export type Posting = {
  readonly path: string;
  readonly body: string;
  /** In pairs of name and value. */
  readonly headers: string[];
  readonly timeoutMs: number;
};

export type Post = {
  /** @throws PostTimeout; NothingSent; the signal's reason; what the connection failed with */
  send(posting: Posting, signal: AbortSignal | undefined): Promise<Posted>;
  close(): Promise<void>;
};

const connectionsMax = 64;
export const connectTimeoutMs = 1_000; // inside one data center
const answerBytesMax = 32 * 1024 * 1024; // far above what the cost limit lets anyone ask for

type Settle = {
  readonly resolve: (posted: Posted) => void;
  readonly reject: (cause: unknown) => void;
};

/** Collects one response; `stop` ends it early, also while it waits for a connection. */
const collect = ({ resolve, reject }: Settle) => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  let status = 0;
  let headers: Posted['headers'] = {};
  let controller: Dispatcher.DispatchController | undefined;
  let stopped: Error | undefined;
  const handler: Dispatcher.DispatchHandler = {
    onRequestStart: (started) => {
      controller = started;
      if (stopped) started.abort(stopped);
    },
    onResponseStart: (_, code, received) => {
      status = code;
      headers = received;
    },
    onResponseData: (answering, chunk) => {
      bytes += chunk.length;
      if (bytes <= answerBytesMax) chunks.push(chunk);
      else answering.abort(new Error(`an answer of more than ${answerBytesMax} bytes`));
    },
    onResponseEnd: () => {
      const [first] = chunks;
      const whole = first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks);
      resolve({ status, headers, text: whole.toString('utf8') });
    },
    onResponseError: (_, cause) =>
      reject(controller === undefined ? new NothingSent('no connection', { cause }) : cause),
  };
  const stop = (reason: Error) => {
    stopped = reason;
    reject(reason);
    controller?.abort(reason);
  };
  return { handler, stop };
};

/** @param origin e.g. http://10.0.0.7:4001 */
export const createPost = (origin: string): Post => {
  const pool = new Pool(origin, {
    connections: connectionsMax,
    connect: { timeout: connectTimeoutMs },
    // One timer below bounds the whole call, waiting for a connection included.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    send: ({ path, body, headers, timeoutMs }, signal) =>
      new Promise((resolve, reject) => {
        const settle = (act: () => void) => {
          clearTimeout(timer);
          signal?.removeEventListener('abort', aborted);
          act();
        };
        const { handler, stop } = collect({
          resolve: (posted) => settle(() => resolve(posted)),
          reject: (cause) => settle(() => reject(cause)),
        });
        const aborted = () => stop(new Error('Nobody waits for the answer.'));
        const timer = setTimeout(() => stop(new PostTimeout('no answer in time')), timeoutMs);
        signal?.addEventListener('abort', aborted);
        pool.dispatch({ path, method: 'POST', headers, body }, handler);
      }),
    // What is still under way has been given up by then.
    close: () => pool.destroy(),
  };
};
