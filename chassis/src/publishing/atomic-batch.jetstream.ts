/**
 * Several messages that JetStream takes together, all or none, from 2.12 on: it writes them through
 * to the disk once, and acknowledges them once. Each alone costs it several times as much.
 * https://github.com/nats-io/nats-architecture-and-design/blob/main/adr/ADR-50.md
 */
import { JetStreamApiError, type StreamInfo } from '@nats-io/jetstream';
import { type MsgHdrs, nuid } from '@nats-io/transport-node';
import { answerTimeoutMs, type NatsLink } from '../nats/nats-connection.jetstream.ts';

export type BatchMessage = {
  readonly subject: string;
  readonly body: string;
  readonly headers: MsgHdrs;
};

/** Fewer than the 1,000 that a server takes. */
export const batchMessagesMax = 500;

/**
 * False where the server knows no batches, or the login may not change the stream: messages go one
 * by one then.
 */
export async function allowBatches(link: NatsLink, { config }: StreamInfo): Promise<boolean> {
  if (config.allow_atomic === true) return true;
  try {
    const change = () => link.manager.streams.update(config.name, { allow_atomic: true });
    return (await link.whileConnected(change)).config.allow_atomic === true;
  } catch {
    return false;
  }
}

/**
 * @returns false when the stream has none of them because it refuses them as a batch, e.g. since it
 * has one already
 * @throws when it is not known whether it has them
 */
export async function publishBatch(
  link: NatsLink,
  messages: readonly BatchMessage[],
): Promise<boolean> {
  const batch = nuid.next();
  messages.forEach(({ headers }, at) => {
    headers.set('Nats-Batch-Id', batch);
    headers.set('Nats-Batch-Sequence', String(at + 1));
  });
  const last = messages.at(-1);
  if (!last) return true;
  last.headers.set('Nats-Batch-Commit', '1');
  const send = () => {
    // Nobody answers these: what becomes of them is what becomes of the last one.
    for (const { subject, body, headers } of messages.slice(0, -1)) {
      link.connection.publish(subject, body, { headers });
    }
    const sent = { headers: last.headers, timeout: answerTimeoutMs };
    return link.jetstream.publish(last.subject, last.body, sent);
  };
  try {
    await link.whileConnected(send);
    return true;
  } catch (failure) {
    if (failure instanceof JetStreamApiError) return false;
    throw failure;
  }
}
