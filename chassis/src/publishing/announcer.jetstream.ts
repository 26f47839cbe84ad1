/** Announcements on JetStream: the streams EVT and DLQ, for whoever may read them. */

import { headers } from '@nats-io/transport-node';
import { isFull } from '../bus/publish-trouble.jetstream.ts';
import type { Clock } from '../clock.ts';
import { isStreamGone } from '../nats/jetstream-failures.jetstream.ts';
import { answerTimeoutMs, type NatsLink } from '../nats/nats-connection.jetstream.ts';
import { ensureStream, presentStream, type StreamSettings } from '../nats/streams.jetstream.ts';
import { type AnnouncedOn, type Announcement, type Announcer, StreamFull } from './announcer.ts';
import {
  allowBatches,
  type BatchMessage,
  batchMessagesMax,
  publishBatch,
} from './atomic-batch.jetstream.ts';
import { joinedLists } from './joined-lists.ts';

export type JetStreamAnnouncerOptions = {
  readonly link: NatsLink;
  readonly clock: Clock;
  readonly settings: StreamSettings;
};

/** https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/bindings/nats-protocol-binding.md */
const contentType = 'application/cloudevents+json';

/** @throws NatsRefused when one of the streams is not as it should be */
export async function jetStreamAnnouncer(options: JetStreamAnnouncerOptions): Promise<Announcer> {
  const { link, clock, settings } = options;
  const events = await ensureStream(link, 'EVT', settings);
  await ensureStream(link, 'DLQ', settings);
  // A stream that is made anew later takes messages one by one until the next start.
  const inBatches = await allowBatches(link, events);
  const publishEvents = async (all: readonly Announcement[]) => {
    const message = (one: Announcement) => messageOf(link, one);
    const isTaken = inBatches && all.length > 1 && (await publishBatch(link, all.map(message)));
    if (!isTaken) await publishEach(link, 'EVT', all);
  };
  const announceEvents = joinedLists(clock, batchMessagesMax, publishEvents);
  return {
    async announce(on, all) {
      try {
        await (on === 'EVT' ? announceEvents(all) : publishEach(link, on, all));
      } catch (failure) {
        if (isStreamGone(failure)) await presentStream(link, on, settings);
        if (isFull(failure)) throw new StreamFull(link.named(on), link.shown, { cause: failure });
        throw failure;
      }
    },
  };
}

function messageOf(link: NatsLink, { subject, id, body }: Announcement): BatchMessage {
  const named = headers();
  named.set('content-type', contentType);
  named.set('Nats-Msg-Id', id);
  return { subject: link.subject(subject), body, headers: named };
}

async function publishEach(
  link: NatsLink,
  on: AnnouncedOn,
  all: readonly Announcement[],
): Promise<void> {
  const expect = { streamName: link.named(on) };
  const publish = (one: Announcement) => {
    const { subject, body, headers } = messageOf(link, one);
    return link.jetstream.publish(subject, body, { headers, timeout: answerTimeoutMs, expect });
  };
  await link.whileConnected(() => Promise.all(all.map(publish)));
}
