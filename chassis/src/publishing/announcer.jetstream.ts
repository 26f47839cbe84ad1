/** Announcements on JetStream: the streams EVT and DLQ, for whoever may read them. */

import { headers } from '@nats-io/transport-node';
import { isFull } from '../bus/publish-trouble.jetstream.ts';
import { isStreamGone } from '../nats/jetstream-failures.jetstream.ts';
import { answerTimeoutMs, type NatsLink } from '../nats/nats-connection.jetstream.ts';
import { ensureStream, presentStream, type StreamSettings } from '../nats/streams.jetstream.ts';
import { type Announcer, StreamFull } from './announcer.ts';

/** https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/nats-protocol-binding.md */
const contentType = 'application/cloudevents+json';

/** @throws NatsRefused when one of the streams is not as it should be */
export async function jetStreamAnnouncer(options: {
  readonly link: NatsLink;
  readonly settings: StreamSettings;
}): Promise<Announcer> {
  const { link, settings } = options;
  await ensureStream(link, 'EVT', settings);
  await ensureStream(link, 'DLQ', settings);
  return {
    async announce({ stream, subject, id, body }) {
      const named = headers();
      named.set('content-type', contentType);
      const sent = { msgID: id, headers: named, timeout: answerTimeoutMs };
      const expect = { streamName: link.named(stream) };
      try {
        await link.whileConnected(() =>
          link.jetstream.publish(link.subject(subject), body, { ...sent, expect }),
        );
      } catch (failure) {
        if (isStreamGone(failure)) await presentStream(link, stream, settings);
        if (isFull(failure)) {
          throw new StreamFull(link.named(stream), link.shown, { cause: failure });
        }
        throw failure;
      }
    },
  };
}
