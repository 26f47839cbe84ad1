/** An async iterator that is fed by hand; returning it ends a waiting `next` at once. */
export class PushStream<T> implements AsyncIterableIterator<T, undefined, undefined> {
  readonly #values: T[] = [];
  readonly #onEnd: () => void;
  #waiting: ((result: IteratorResult<T, undefined>) => void) | undefined;
  #ended = false;

  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  push(value: T): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    if (waiting) waiting({ done: false, value });
    else this.#values.push(value);
  }

  next(): Promise<IteratorResult<T, undefined>> {
    const value = this.#values.shift();
    if (value !== undefined) return Promise.resolve({ done: false, value });
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => {
      this.#waiting = resolve;
    });
  }

  return(): Promise<IteratorResult<T, undefined>> {
    if (!this.#ended) {
      this.#ended = true;
      this.#waiting?.({ done: true, value: undefined });
      this.#onEnd();
    }
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator]() {
    return this;
  }
}
