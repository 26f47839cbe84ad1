/**
 * Calls under way at the same time on one connection: a few, the others wait in their order. When
 * one fails those that wait fail with it, so that none gets past one before it that was not heard.
 */
export type PublishWindow = <Result>(call: () => Promise<Result>) => Promise<Result>;

/** It was not sent: one before it had failed. */
export class WindowAborted extends Error {
  override readonly name = 'WindowAborted';
}

type Waiting = { readonly run: () => void; readonly abort: (failure: Error) => void };

export function publishWindow(underWayMax: number): PublishWindow {
  let underWay = 0;
  let waiting: Waiting[] = [];

  const abortWaiting = (cause: unknown) => {
    const aborted = waiting;
    waiting = [];
    for (const { abort } of aborted) abort(new WindowAborted('one before it failed', { cause }));
  };

  return (call) =>
    new Promise((resolve, reject) => {
      const run = async () => {
        underWay += 1;
        try {
          resolve(await call());
        } catch (failure) {
          abortWaiting(failure);
          reject(failure);
        } finally {
          underWay -= 1;
          waiting.shift()?.run();
        }
      };
      if (underWay < underWayMax) void run();
      else waiting.push({ run, abort: reject });
    });
}
