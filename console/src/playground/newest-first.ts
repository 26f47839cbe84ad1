/** Messages that stay readable on one screen. */
const shownMessagesMax = 20;

export interface Shown<Message> {
  readonly received: number;
  readonly newestFirst: readonly Message[];
}

/**
 * GraphiQL shows the last result alone, so a heartbeat would wipe the snapshot away. This shows the
 * last messages, each as it came. It is not a generator, because a generator's `return` waits for
 * the next message: a stopped stream would show one more, perhaps in another tab.
 *
 * @param readable makes of a failure what the visitor is shown
 */
export const newestFirst = <Message>(
  stream: AsyncIterableIterator<Message>,
  readable: (failure: unknown) => unknown,
): AsyncIterableIterator<Shown<Message>> => {
  let messages: readonly Message[] = [];
  let received = 0;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      const step = await stream.next().catch((failure: unknown) => {
        throw readable(failure);
      });
      if (step.done) return { done: true, value: undefined };
      received += 1;
      messages = [step.value, ...messages].slice(0, shownMessagesMax);
      return { done: false, value: { received, newestFirst: messages } };
    },
    async return() {
      await stream.return?.();
      return { done: true, value: undefined };
    },
  };
};
