import type { Clock } from '../clock.ts';
import type { Bus, BusMessage, ConsumeOptions } from './bus.ts';

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

type Attempt = { readonly message: BusMessage; readonly attempt: number };

type Consumer = ConsumeOptions & {
  /** The number of the next message of each subject. */
  readonly next: Map<string, number>;
  /** Asked for again, and due. */
  readonly again: Attempt[];
  pending: number;
  pumpQueued: boolean;
  stopped: boolean;
};

/** Of what all have got, so that a repeat is known for one. */
const takenMax = 64;

/** It ends with its process, and with it those who might miss what it had. */
const life = async () => undefined;

type State = Required<InProcessBusOptions> & {
  readonly subjects: Map<string, Subject>;
  readonly consumers: Set<Consumer>;
};

/** One process's bus: nothing leaves the process, nothing survives it. */
export function inProcessBus(options: InProcessBusOptions): Bus {
  const { clock, retainedMax = 1_024, retainedCharactersMax = 32 * 1024 * 1024 } = options;
  const bounds = { retainedMax, retainedCharactersMax };
  const state: State = { clock, ...bounds, subjects: new Map(), consumers: new Set() };
  return {
    publish: async (message) => publish(state, message),
    consume: (asked) => consume(state, asked),
    ...{ life, lastId: async (name) => state.subjects.get(name)?.messages.at(-1)?.id },
  };
}

function publish(state: State, message: BusMessage): void {
  const subject = subjectOf(state, message.subject);
  if (subject.ids.has(message.id)) return;
  subject.ids.add(message.id);
  subject.messages.push(message);
  subject.characters += message.commit.body.length;
  const following = followingOf(state, message.subject);
  discardOld(state, subject, neededFrom(following, message.subject));
  for (const consumer of following) pumpSoon(state, consumer);
}

const followingOf = ({ consumers }: State, name: string): readonly Consumer[] =>
  [...consumers].filter(({ subjects }) => subjects.includes(name));

/** The number of the oldest message that one of them has yet to get; all, when there is nobody. */
const neededFrom = (following: readonly Consumer[], name: string): number =>
  following.length === 0 ? 0 : Math.min(...following.map(({ next }) => next.get(name) ?? 0));

function subjectOf({ subjects }: State, name: string): Subject {
  const known = subjects.get(name);
  if (known) return known;
  const subject = { messages: [], ids: new Set<string>(), first: 0, characters: 0 };
  subjects.set(name, subject);
  return subject;
}

function discardOld(state: State, subject: Subject, needed: number): void {
  const { retainedMax, retainedCharactersMax } = state;
  const { messages, ids } = subject;
  while (messages.length > 1) {
    const most = subject.first < needed ? Math.min(takenMax, retainedMax) : retainedMax;
    if (messages.length <= most && subject.characters <= retainedCharactersMax) return;
    const oldest = messages.shift();
    if (!oldest) return;
    ids.delete(oldest.id);
    subject.first += 1;
    subject.characters -= oldest.commit.body.length;
  }
}

function consume(state: State, asked: ConsumeOptions): () => void {
  const consumer: Consumer = {
    ...{ ...asked, next: new Map(), again: [] },
    ...{ pending: 0, pumpQueued: false, stopped: false },
  };
  state.consumers.add(consumer);
  pumpSoon(state, consumer);
  return () => {
    consumer.stopped = true;
    state.consumers.delete(consumer);
  };
}

// Never inside `publish`: who publishes is not made to wait, or to fail, for who consumes.
function pumpSoon(state: State, consumer: Consumer): void {
  if (consumer.pumpQueued || consumer.stopped) return;
  consumer.pumpQueued = true;
  queueMicrotask(() => pump(state, consumer));
}

const mayDeliver = ({ stopped, pending, pendingMax }: Consumer) => !stopped && pending < pendingMax;

function pump(state: State, consumer: Consumer): void {
  consumer.pumpQueued = false;
  while (consumer.again.length > 0 && mayDeliver(consumer)) {
    const again = consumer.again.shift();
    if (again) deliver(state, consumer, again);
  }
  // One of each subject in turn: a busy lane does not keep a quiet one waiting.
  for (let delivered = true; delivered; ) {
    delivered = false;
    for (const name of consumer.subjects) {
      if (!mayDeliver(consumer)) return;
      const message = nextOf(state, consumer, name);
      if (!message) continue;
      deliver(state, consumer, { message, attempt: 1 });
      delivered = true;
    }
  }
}

function nextOf({ subjects }: State, { next }: Consumer, name: string): BusMessage | undefined {
  const subject = subjects.get(name);
  if (!subject) return undefined;
  // What was discarded meanwhile is a gap, which the consumer finds in the log.
  const number = Math.max(next.get(name) ?? 0, subject.first);
  const message = subject.messages[number - subject.first];
  if (message) next.set(name, number + 1);
  return message;
}

function deliver(state: State, consumer: Consumer, { message, attempt }: Attempt): void {
  consumer.pending += 1;
  let settled = false;
  const settle = (after: () => void) => {
    if (settled) return;
    settled = true;
    consumer.pending -= 1;
    after();
    pumpSoon(state, consumer);
  };
  const askAgain = () => {
    consumer.again.push({ message, attempt: attempt + 1 });
    pumpSoon(state, consumer);
  };
  consumer.deliver({
    ...message,
    attempt,
    ack: () => settle(() => {}),
    nak: (delayMs) => settle(() => void state.clock.after(delayMs, askAgain)),
  });
}
