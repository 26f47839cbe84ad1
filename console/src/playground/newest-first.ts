/** Messages that stay readable on one screen. */
const shownMessagesMax = 20;

/**
 * GraphiQL shows the last result alone, so a heartbeat would wipe the snapshot away. This shows the last messages,
 * each as it came.
 */
export async function* newestFirst<Message>(stream: AsyncIterable<Message>) {
  let messages: readonly Message[] = [];
  let received = 0;
  for await (const message of stream) {
    received += 1;
    messages = [message, ...messages].slice(0, shownMessagesMax);
    yield { received, newestFirst: messages };
  }
}
