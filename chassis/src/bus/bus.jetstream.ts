/** The bus on JetStream: the stream LOG has one message for each commit. */

import type { Clock } from '../clock.ts';
import { isStreamGone } from '../nats/jetstream-failures.jetstream.ts';
import { answerTimeoutMs, type NatsLink } from '../nats/nats-connection.jetstream.ts';
import { ensureStream, presentStream, type StreamSettings } from '../nats/streams.jetstream.ts';
import type { Bus } from './bus.ts';
import { consumeStream, type StreamConsumer } from './bus-consumer.jetstream.ts';
import { encodeCommitMessage } from './commit-message.ts';
import { type KnownCommits, knownCommits } from './known-commits.ts';
import { type PublishTrouble, publishTrouble } from './publish-trouble.jetstream.ts';
import { publishWindow } from './publish-window.ts';

export type JetStreamBusFigures = {
  readonly consumers: readonly {
    readonly consumer: string;
    /** What the broker has for it and it has not settled; undefined when that is not known. */
    readonly behind: number | undefined;
    /** Why it last had to be begun again. */
    readonly trouble: string | undefined;
  }[];
  /** Messages that were no commits, or whose hash was wrong. */
  readonly rejected: number;
};

export type JetStreamBus = Bus & {
  figures(): Promise<JetStreamBusFigures>;
  /** Why it takes nothing although it is connected, in a sentence that names the fix. */
  notReady(): string | undefined;
};

export type JetStreamBusOptions = {
  readonly link: NatsLink;
  readonly settings: StreamSettings;
  readonly clock: Clock;
};

/** More make the broker no faster, and each of them wait longer (DESIGN 3, RELIABILITY 4.1). */
const underWayMax = 64;

/** @throws NatsRefused when the stream is not as it should be */
export async function jetStreamBus(options: JetStreamBusOptions): Promise<JetStreamBus> {
  const { link, settings } = options;
  const consumers = new Set<StreamConsumer>();
  const rejected = { count: 0 };
  const known = knownCommits();
  await ensureStream(link, 'LOG', settings);
  const trouble = publishTrouble(options.clock, `${link.named('LOG')} at ${link.shown}`);

  return {
    publish: publisher(options, trouble, known),
    notReady: trouble.sentence,

    consume(consumeOptions) {
      const consumer = consumeStream({ ...options, ...consumeOptions, rejected, known });
      consumers.add(consumer);
      return () => {
        consumers.delete(consumer);
        consumer.stop();
      };
    },

    async lastId(subject) {
      const { direct } = link.manager;
      const last = { last_by_subj: link.subject(subject) };
      const found = await link.whileConnected(() => direct.getMessage(link.named('LOG'), last));
      return found?.header.get('Nats-Msg-Id') || undefined;
    },

    life: sharedLook(async () => (await presentStream(link, 'LOG', settings)).created, options),

    async figures() {
      const all = [...consumers].map(async ({ consumer, behind, trouble }) => ({
        ...{ consumer, behind: await behind().catch(() => undefined), trouble: trouble() },
      }));
      return { consumers: await Promise.all(all), rejected: rejected.count };
    },
  };
}

/** One look for all who ask at about the same time: the relays of sixteen lanes do. */
function sharedLook<Seen>(look: () => Promise<Seen>, { clock }: JetStreamBusOptions) {
  let last: { readonly at: number; readonly seen: Promise<Seen> } | undefined;
  return (ageMsMax = 0): Promise<Seen> => {
    const at = clock.now();
    if (!last || at - last.at >= ageMsMax) last = { at, seen: look() };
    return last.seen;
  };
}

function publisher(
  { link, settings }: JetStreamBusOptions,
  trouble: PublishTrouble,
  known: KnownCommits,
): Bus['publish'] {
  const streamName = link.named('LOG');
  let making: Promise<unknown> | undefined;
  /** Made again by one call at a time; whoever published asks again. */
  const makeAgain = () => {
    making ??= presentStream(link, 'LOG', settings).finally(() => {
      making = undefined;
    });
    return making;
  };
  const throughWindow = publishWindow(underWayMax);
  return async ({ subject, id, commit }) => {
    const sent = { msgID: id, timeout: answerTimeoutMs, expect: { streamName } };
    known.add(commit);
    const send = () =>
      link.jetstream.publish(link.subject(subject), encodeCommitMessage(commit), sent);
    try {
      await throughWindow(() => link.whileConnected(send));
      trouble.succeeded();
    } catch (failure) {
      trouble.failed(failure);
      if (isStreamGone(failure)) await makeAgain();
      throw failure;
    }
  };
}
