import type { Bus, BusMessage, ConsumeOptions } from './bus.ts';
import type { Clock } from './clock.ts';

export type InProcessBusOptions = {
  readonly clock: Clock;
  /** The newest messages held for each subject; who comes later reads the log. */
  readonly retainedMax?: number;
  /** Their bodies together, in characters. */
  readonly retainedCharactersMax?: number;
};

/** The newest messages of a subject; `first` is the number of the oldest one held. */
type Subject = {
  readonly messages: BusMessage[];
  readonly ids: Set<string>;
  first: number;
  characters: number;
};

type Consumer = ConsumeOptions & {
  /** The number of the next message of each subject. */
  readonly next: Map<string, number>;
  /** Asked for again, and due. */
  readonly again: { readonly message: BusMessage; readonly attempt: number }[];
  pending: number;
  pumpQueued: boolean;
  stopped: boolean;
};

/** It ends with its process, and with it those who might miss what it had. */
const life = async () => undefined;

/** One process's bus: nothing leaves the process, nothing survives it. */
export function inProcessBus(options: InProcessBusOptions): Bus {
  const { clock, retainedMax = 1_024, retainedCharactersMax = 32 * 1024 * 1024 } = options;
  const subjects = new Map<string, Subject>();
  const consumers = new Set<Consumer>();

  const subjectOf = (name: string): Subject => {
    const known = subjects.get(name);
    if (known) return known;
    const subject = { messages: [], ids: new Set<string>(), first: 0, characters: 0 };
    subjects.set(name, subject);
    return subject;
  };

  const discardOld = (subject: Subject) => {
    const { messages, ids } = subject;
    while (messages.length > 1) {
      if (messages.length <= retainedMax && subject.characters <= retainedCharactersMax) return;
      const oldest = messages.shift();
      if (!oldest) return;
      ids.delete(oldest.id);
      subject.first += 1;
      subject.characters -= oldest.commit.body.length;
    }
  };

  const deliver = (consumer: Consumer, message: BusMessage, attempt: number) => {
    consumer.pending += 1;
    let settled = false;
    const settle = (after: () => void) => {
      if (settled) return;
      settled = true;
      consumer.pending -= 1;
      after();
      pumpSoon(consumer);
    };
    consumer.deliver({
      ...message,
      attempt,
      ack: () => settle(() => {}),
      nak: (delayMs) =>
        settle(() => {
          clock.after(delayMs, () => {
            consumer.again.push({ message, attempt: attempt + 1 });
            pumpSoon(consumer);
          });
        }),
    });
  };

  const nextOf = (consumer: Consumer, name: string): BusMessage | undefined => {
    const subject = subjects.get(name);
    if (!subject) return undefined;
    // What was discarded meanwhile is a gap, which the consumer finds in the log.
    const next = Math.max(consumer.next.get(name) ?? 0, subject.first);
    const message = subject.messages[next - subject.first];
    if (message) consumer.next.set(name, next + 1);
    return message;
  };

  const mayDeliver = (consumer: Consumer) =>
    !consumer.stopped && consumer.pending < consumer.pendingMax;

  const pump = (consumer: Consumer) => {
    consumer.pumpQueued = false;
    while (consumer.again.length > 0 && mayDeliver(consumer)) {
      const again = consumer.again.shift();
      if (again) deliver(consumer, again.message, again.attempt);
    }
    // One of each subject in turn: a busy lane does not keep a quiet one waiting.
    for (let delivered = true; delivered; ) {
      delivered = false;
      for (const name of consumer.subjects) {
        if (!mayDeliver(consumer)) return;
        const message = nextOf(consumer, name);
        if (!message) continue;
        deliver(consumer, message, 1);
        delivered = true;
      }
    }
  };

  // Never inside `publish`: who publishes is not made to wait, or to fail, for who consumes.
  const pumpSoon = (consumer: Consumer) => {
    if (consumer.pumpQueued || consumer.stopped) return;
    consumer.pumpQueued = true;
    queueMicrotask(() => pump(consumer));
  };

  return {
    async publish(message) {
      const subject = subjectOf(message.subject);
      if (subject.ids.has(message.id)) return;
      subject.ids.add(message.id);
      subject.messages.push(message);
      subject.characters += message.commit.body.length;
      discardOld(subject);
      for (const consumer of consumers) {
        if (consumer.subjects.includes(message.subject)) pumpSoon(consumer);
      }
    },

    consume(consumeOptions) {
      const consumer: Consumer = {
        ...consumeOptions,
        next: new Map(),
        again: [],
        pending: 0,
        pumpQueued: false,
        stopped: false,
      };
      consumers.add(consumer);
      pumpSoon(consumer);
      return () => {
        consumer.stopped = true;
        consumers.delete(consumer);
      };
    },

    ...{ life, lastId: async (name) => subjects.get(name)?.messages.at(-1)?.id },
  };
}
