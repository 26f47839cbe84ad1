/**
 * One POST over kept connections, without the streams and header objects that undici's `request`
 * makes for each.
 */
import { type Dispatcher, Pool } from 'undici';

export type Posted = { readonly status: number; readonly text: string };

/** The other side took too long. */
export class PostTimeout extends Error {}

export type Post = {
  /**
   * @param headers in pairs of name and value
   * @throws PostTimeout; the signal's reason; what the connection failed with
   */
  send(body: string, headers: string[], signal: AbortSignal | undefined): Promise<Posted>;
  close(): Promise<void>;
};

const connectionsMax = 64;
const connectTimeoutMs = 1_000; // inside one data center

type Settle = {
  readonly resolve: (posted: Posted) => void;
  readonly reject: (cause: unknown) => void;
};

/** Collects one response; `stop` ends it early, also while it waits for a connection. */
const collect = ({ resolve, reject }: Settle) => {
  const chunks: Buffer[] = [];
  let status = 0;
  let controller: Dispatcher.DispatchController | undefined;
  let stopped: Error | undefined;
  const handler: Dispatcher.DispatchHandler = {
    onRequestStart: (started) => {
      controller = started;
      if (stopped) started.abort(stopped);
    },
    onResponseStart: (_, code) => {
      status = code;
    },
    onResponseData: (_, chunk) => {
      chunks.push(chunk);
    },
    onResponseEnd: () => {
      const [first] = chunks;
      const whole = first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks);
      resolve({ status, text: whole.toString('utf8') });
    },
    onResponseError: (_, cause) => reject(cause),
  };
  const stop = (reason: Error) => {
    stopped = reason;
    reject(reason);
    controller?.abort(reason);
  };
  return { handler, stop };
};

export const createPost = (url: string, timeoutMs: number): Post => {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, {
    connections: connectionsMax,
    connect: { timeout: connectTimeoutMs },
    // One timer below bounds the whole call, waiting for a connection included.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    send: (body, headers, signal) =>
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
        pool.dispatch({ path: pathname, method: 'POST', headers, body }, handler);
      }),
    close: () => pool.close(),
  };
};
