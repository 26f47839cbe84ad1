/**
 * One POST over kept connections, without the streams and header objects that undici's `request`
 * makes for each.
 */
import { type Dispatcher, Pool } from 'undici';
import { type Stoppable, takeOut, underWayFor } from './stop-together.ts';

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
};

/** Aborted when nobody waits for the answer any more. */
export type Sending = Posting & { readonly signal: AbortSignal | undefined };

export type Post = {
  /** @throws PostTimeout; NothingSent; an error once the signal is aborted; the connection's */
  send(sending: Sending, timeoutMs: number): Promise<Posted>;
  close(): Promise<void>;
};

/** To one process; what comes beyond waits for one. */
export const connectionsMax = 64;
export const connectTimeoutMs = 1_000; // inside one data center
const answerBytesMax = 32 * 1024 * 1024; // far above what the cost limit lets anyone ask for

type Settle = {
  readonly resolve: (posted: Posted) => void;
  readonly reject: (cause: unknown) => void;
};

/**
 * One call over a connection, also while it waits for one. A class, so that the functions of its
 * handler are not made anew for each call.
 */
class Exchange implements Dispatcher.DispatchHandler, Stoppable {
  private readonly settle: Settle;
  private readonly together: Stoppable[] | undefined;
  private readonly timer: NodeJS.Timeout;
  private readonly chunks: Buffer[] = [];
  private bytes = 0;
  private status = 0;
  private headers: Posted['headers'] = {};
  private controller: Dispatcher.DispatchController | undefined;
  private stopped: Error | undefined;

  constructor(settle: Settle, timeoutMs: number, signal: AbortSignal | undefined) {
    this.settle = settle;
    this.together = signal && underWayFor(signal);
    this.together?.push(this);
    this.timer = setTimeout(() => this.stop(new PostTimeout('no answer in time')), timeoutMs);
  }

  onRequestStart(controller: Dispatcher.DispatchController) {
    this.controller = controller;
    if (this.stopped) controller.abort(this.stopped);
  }

  onResponseStart(_: unknown, status: number, headers: Posted['headers']) {
    this.status = status;
    this.headers = headers;
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer) {
    this.bytes += chunk.length;
    if (this.bytes <= answerBytesMax) this.chunks.push(chunk);
    else controller.abort(new Error(`an answer of more than ${answerBytesMax} bytes`));
  }

  onResponseEnd() {
    const { chunks, status, headers } = this;
    const [first] = chunks;
    const whole = first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks);
    this.forget();
    this.settle.resolve({ status, headers, text: whole.toString('utf8') });
  }

  onResponseError(_: unknown, cause: Error) {
    this.forget();
    const sent = this.controller !== undefined;
    this.settle.reject(sent ? cause : new NothingSent('no connection', { cause }));
  }

  stop(reason: Error) {
    this.stopped = reason;
    this.forget();
    this.settle.reject(reason);
    this.controller?.abort(reason);
  }

  private forget() {
    clearTimeout(this.timer);
    if (this.together) takeOut(this.together, this);
  }
}

/** @param origin e.g. http://10.0.0.7:4001 */
export const createPost = (origin: string): Post => {
  const pool = new Pool(origin, {
    connections: connectionsMax,
    connect: { timeout: connectTimeoutMs },
    // One timer above bounds the whole call, waiting for a connection included.
    headersTimeout: 0,
    bodyTimeout: 0,
  });
  return {
    send: ({ path, body, headers, signal }, timeoutMs) =>
      new Promise((resolve, reject) => {
        const exchange = new Exchange({ resolve, reject }, timeoutMs, signal);
        pool.dispatch({ path, method: 'POST', headers, body }, exchange);
      }),
    // What is still under way has been given up by then.
    close: () => pool.destroy(),
  };
};
