/**
 * One consumer of the bus on JetStream. Its position is its own (in its read model), so the broker
 * keeps a short-lived consumer for it that begins where it stands; when that is lost it is made
 * again, for ever, and what was missed is a gap that is found in the log.
 */
import {
  AckPolicy,
  type ConsumerConfig,
  type ConsumerMessages,
  DeliverPolicy,
  type JsMsg,
} from '@nats-io/jetstream';
import { nanos, nuid } from '@nats-io/transport-node';
import { presentStream } from '../nats/streams.jetstream.ts';
import { type StopSignal, stopSignal } from '../stop-signal.ts';
import type { JetStreamBusOptions } from './bus.jetstream.ts';
import type { ConsumeOptions } from './bus.ts';
import { parseCommitMessage } from './commit-message.ts';
import { firstNeeded } from './first-needed.jetstream.ts';
import { gatheredAcks } from './gathered-acks.jetstream.ts';
import type { KnownCommits } from './known-commits.ts';
import { type UnsettledMessages, unsettledMessages } from './unsettled-messages.jetstream.ts';

export type StreamConsumer = {
  readonly consumer: string;
  /** Messages that the broker has for it, and that it has not settled. */
  behind(): Promise<number>;
  /** Why it last had to be begun again. */
  trouble(): string | undefined;
  stop(): void;
};

type Options = JetStreamBusOptions &
  ConsumeOptions & { readonly rejected: { count: number }; readonly known: KnownCommits };

/** Without a sign of life for twice this, the broker's consumer is taken for lost. */
const heartbeatMs = 1_500;
const pullExpiresMs = 30_000;
/** The broker delivers again what is not settled by then; `working` says that it will be. */
const settleWithinMs = 30_000;
const workingEveryMs = 10_000;
/**
 * The broker forgets a consumer that nobody asked for so long. Who comes back begins a new one, and
 * thousands that dead processes have left make it slow.
 */
const forgottenAfterMs = 15_000;
const againAfterMs = 250;
/** Of what may be pending: acknowledged by then at the latest, so that more comes meanwhile. */
const gatheredPart = 0.25;

/** After any of these nothing comes any more, or not for long. */
const endings = new Set([
  ...['heartbeats_missed', 'consumer_not_found', 'consumer_deleted', 'stream_not_found'],
  'no_responders',
]);

type State = Options & {
  readonly stream: string;
  readonly stopping: StopSignal;
  readonly unsettled: UnsettledMessages;
  messages: ConsumerMessages | undefined;
  /** Of the broker's consumer. */
  name: string | undefined;
  /** Of the stream: where messages have their places. */
  life: string;
  /** That came from the broker's consumer, by its own count. */
  deliveries: number;
  trouble: string | undefined;
};

export function consumeStream(options: Options): StreamConsumer {
  const { link, clock, consumer, pendingMax } = options;
  const acks = gatheredAcks(clock, Math.ceil(pendingMax * gatheredPart));
  const state: State = {
    ...{ ...options, stream: link.named('LOG'), stopping: stopSignal(clock) },
    ...{ unsettled: unsettledMessages(acks), messages: undefined, name: undefined },
    ...{ life: '', deliveries: 0, trouble: undefined },
  };
  void follow(state);
  void sayWorking(state);
  // At once, where waiting for signs of life would take seconds.
  const stopHearing = link.onReconnect(() => beginAgain(state, 'the connection was lost'));
  return {
    consumer,
    trouble: () => state.trouble,
    async behind() {
      const { name, stream, unsettled } = state;
      if (name === undefined) return unsettled.count();
      const info = await link.whileConnected(() => link.manager.consumers.info(stream, name));
      // Those that are gathered may be of the broker's consumer before.
      return info.num_pending + Math.max(0, info.num_ack_pending - acks.count());
    },
    stop() {
      const { stopping, messages, name, stream } = state;
      stopping.stop();
      stopHearing();
      acks.stop();
      messages?.stop();
      if (name === undefined || !link.connected()) return;
      // The broker forgets it by itself, only later.
      void link.manager.consumers.delete(stream, name).catch(() => {});
    },
  };
}

async function follow(state: State): Promise<void> {
  const { stopping } = state;
  while (!stopping.stopped()) {
    // It is tried for ever: meanwhile the log is looked at, so nothing is lost.
    await followOnce(state).catch((failure: unknown) => {
      state.trouble = String(failure);
    });
    await stopping.pause(againAfterMs);
  }
}

async function followOnce(state: State): Promise<void> {
  const { link, stream, unsettled, stopping, settings } = state;
  const { created } = await presentStream(link, 'LOG', settings);
  if (created !== state.life) unsettled.forget();
  const first = unsettled.resumesAt() ?? (await firstNeeded(link, stream, state));
  state.life = created;
  state.deliveries = 0;
  state.begins?.({ epoch: created, sequence: first - 1 });
  const config = consumerConfig(state, first);
  const { name } = await link.whileConnected(() => link.manager.consumers.add(stream, config));
  state.name = name;
  const found = await link.whileConnected(() => link.jetstream.consumers.get(stream, name));
  const messages = await found.consume({
    ...{ max_messages: Math.max(2, state.pendingMax), expires: pullExpiresMs },
    ...{ idle_heartbeat: heartbeatMs, callback: (message) => receive(state, message) },
  });
  state.messages = messages;
  void endWhenLost(messages, (trouble) => {
    state.trouble = trouble;
  });
  if (stopping.stopped()) messages.stop();
  await messages.closed();
}

function receive(state: State, message: JsMsg): void {
  const { link, stopping, unsettled, pendingMax, rejected, known, life: epoch } = state;
  if (stopping.stopped()) return;
  state.deliveries += 1;
  if (message.info.deliverySequence !== state.deliveries) {
    // One was lost on its way. What follows it would seem to be all there is up to its place.
    return beginAgain(state, 'a delivery was lost');
  }
  if (unsettled.inHand() >= pendingMax && !unsettled.has(message)) {
    // What the stream discards is no longer pending for the broker, and still in our hands.
    return beginAgain(state, 'more came than may be pending');
  }
  const commit = parseCommitMessage(message.data, known);
  if (!commit) {
    // As if it were not there: the gap is found in the log.
    rejected.count += 1;
    message.ack();
    return;
  }
  const settling = unsettled.take(message);
  if (!settling) return;
  const subject = message.subject.slice(link.subject('').length);
  const id = message.headers?.get('Nats-Msg-Id') ?? '';
  state.deliver({ subject, id, commit, place: { epoch, sequence: message.seq }, ...settling });
}

function beginAgain(state: State, trouble: string): void {
  state.trouble = trouble;
  state.messages?.stop();
}

async function sayWorking({ stopping, link, unsettled }: State): Promise<void> {
  while (!stopping.stopped()) {
    await stopping.pause(workingEveryMs);
    if (!stopping.stopped() && link.connected()) unsettled.sayWorking();
  }
}

async function endWhenLost(
  messages: ConsumerMessages,
  tell: (trouble: string) => void,
): Promise<void> {
  for await (const { type } of messages.status()) {
    if (!endings.has(type)) continue;
    tell(type);
    messages.stop();
  }
}

function consumerConfig(options: Options, first: number): Partial<ConsumerConfig> {
  const { link, consumer, subjects, pendingMax } = options;
  return {
    ...{ name: `${consumer.replaceAll(/[^a-zA-Z0-9_-]/g, '_')}-${nuid.next()}` },
    ...{ filter_subjects: subjects.map(link.subject), ack_policy: AckPolicy.Explicit },
    ...{ deliver_policy: DeliverPolicy.StartSequence, opt_start_seq: Math.max(1, first) },
    ...{ max_ack_pending: pendingMax, ack_wait: nanos(settleWithinMs), max_deliver: -1 },
    ...{ inactive_threshold: nanos(forgottenAfterMs), mem_storage: true, num_replicas: 1 },
  };
}
