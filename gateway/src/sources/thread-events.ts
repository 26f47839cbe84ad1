/** The events of one subscription at another thread, of which only so many may wait to be read. */
import type { ExecutionResult } from 'graphql';

export type ThreadEvents = {
  readonly results: AsyncIterableIterator<ExecutionResult>;
  take(text: string): void;
  /** There are no more. */
  end(): void;
};

export type ThreadEventsOptions = {
  readonly parse: (text: string) => ExecutionResult;
  /** So many more may be sent; first when it is made. */
  readonly makeRoom: (events: number) => void;
  /** Nobody reads any more. */
  readonly stop: () => void;
};

const waitingMax = 64;

export const threadEvents = ({ parse, makeRoom, stop }: ThreadEventsOptions): ThreadEvents => {
  const waiting: string[] = [];
  let read = 0;
  let isOver = false;
  let wake = () => {};
  const end = () => {
    isOver = true;
    wake();
  };
  const countRead = () => {
    read += 1;
    if (read < waitingMax / 2) return;
    makeRoom(read);
    read = 0;
  };
  const results: AsyncIterableIterator<ExecutionResult> = {
    [Symbol.asyncIterator]: () => results,
    async next() {
      while (waiting.length === 0 && !isOver) {
        const { promise, resolve } = Promise.withResolvers<void>();
        wake = resolve;
        await promise;
      }
      const text = waiting.shift();
      if (text === undefined) return { value: undefined, done: true };
      countRead();
      return { value: parse(text), done: false };
    },
    async return() {
      waiting.length = 0;
      end();
      stop();
      return { value: undefined, done: true };
    },
  };
  makeRoom(waitingMax);
  return {
    results,
    take(text) {
      if (isOver) return;
      waiting.push(text);
      wake();
    },
    end,
  };
};
