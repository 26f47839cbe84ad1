/** Cuts what comes over a connection into lines, and holds it when nobody takes them. */
import type { Dispatcher } from 'undici';

/** Lines that may wait before the connection is told to. */
const waitingMax = 64;
/** A line is one event: a snapshot's part has 100 SKUs. */
const lineBytesMax = 8 * 1024 * 1024;

export class LineReader {
  readonly #waiting: string[] = [];
  readonly #stop: (reason: Error) => void;
  #controller: Dispatcher.DispatchController | undefined;
  #rest: Buffer[] = [];
  #restBytes = 0;
  #end: { readonly failure: unknown } | undefined;
  #wake: (() => void) | undefined;

  constructor(stop: (reason: Error) => void) {
    this.#stop = stop;
  }

  take(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#controller = controller;
    let from = 0;
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, from)) {
      this.#rest.push(chunk.subarray(from, at));
      from = at + 1;
      this.#line();
    }
    if (from < chunk.length) {
      this.#rest.push(chunk.subarray(from));
      this.#restBytes += chunk.length - from;
    }
    if (this.#restBytes > lineBytesMax) {
      this.#stop(new Error(`an event of more than ${lineBytesMax} bytes`));
    }
    if (this.#waiting.length >= waitingMax) controller.pause();
    this.#wake?.();
  }

  /** @param failure undefined where the other side ended it */
  end(failure: unknown): void {
    this.#end ??= { failure };
    this.#wake?.();
  }

  /** Silence says nothing while we do not listen. */
  get isPaused(): boolean {
    return this.#controller?.paused === true;
  }

  async next(): Promise<IteratorResult<string>> {
    while (this.#waiting.length === 0 && this.#end === undefined) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      await promise;
    }
    const line = this.#waiting.shift();
    if (line === undefined) {
      if (this.#end?.failure !== undefined) throw this.#end.failure;
      return { value: undefined, done: true };
    }
    if (this.#waiting.length < waitingMax / 2 && this.isPaused) this.#controller?.resume();
    return { value: line, done: false };
  }

  #line(): void {
    const [first] = this.#rest;
    const whole = first && this.#rest.length === 1 ? first : Buffer.concat(this.#rest);
    this.#rest = [];
    this.#restBytes = 0;
    if (whole.length > 0) this.#waiting.push(whole.toString('utf8'));
  }
}
