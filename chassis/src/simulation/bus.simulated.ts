/** A bus that loses, repeats and reorders what it carries, and now and then forgets everything. */
import type { Bus, BusMessage, ConsumeOptions } from '../bus/bus.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { World } from './world.ts';

/** A message that a bus took, and from whom. */
export type Published = {
  readonly message: BusMessage;
  readonly by: SimulatedProcess;
  /** How often its sender had heard what the bus has: each time it may begin elsewhere. */
  readonly begun: number;
  /** It has not heard that again since. */
  sinceBegun(): boolean;
};

export type Repeated = { readonly message: BusMessage; readonly known: BusMessage };

export type SimulatedBus = {
  of(process: SimulatedProcess): Bus;
  /** Everything that was ever published, in the order in which the bus took it. */
  published(): readonly Published[];
  /** What was taken for a repeat of a message that the bus has, and that message. */
  repeated(): readonly Repeated[];
  /** Forgets all messages, delivered or not. */
  empty(): void;
};

type Consumer = ConsumeOptions & {
  readonly process: SimulatedProcess;
  /** Versions delivered to it, by subject. */
  readonly delivered: Map<string, Set<number>>;
  stopped: boolean;
};

type State = {
  readonly world: World;
  readonly subjects: Map<string, BusMessage[]>;
  /** How many of the messages that it has bear an id, and the last of them. */
  readonly ids: Map<string, { count: number; message: BusMessage }>;
  readonly repeated: Repeated[];
  readonly consumers: Set<Consumer>;
  readonly published: Published[];
  /** Counts how often everything was forgotten. */
  life: number;
};

/** Few, so that who comes late has to look into the log. */
const retainedMax = 40;
/** How often a consumer that begins is spared what it has. */
const leavesOut = 0.75;
const redeliveryMs = { least: 1_000, most: 8_000 };
/** A second copy may come so much later than the first. */
const repeatTimes = 20;

export function simulatedBus(world: World): SimulatedBus {
  const state: State = {
    ...{ world, subjects: new Map(), ids: new Map(), consumers: new Set() },
    ...{ published: [], repeated: [], life: 0 },
  };
  return {
    of: (process) => busOf(state, process),
    published: () => state.published,
    repeated: () => state.repeated,
    empty() {
      state.life += 1;
      state.subjects.clear();
      state.ids.clear();
      world.note('bus emptied');
      world.tell('bus', () => 'has forgotten everything');
    },
  };
}

function busOf(state: State, process: SimulatedProcess): Bus {
  let beginnings = 0;
  return {
    publish(message) {
      const begun = beginnings;
      const sinceBegun = () => begun === beginnings;
      const published = { message, by: process, begun, sinceBegun };
      return process.call({
        what: () => `publish ${message.id}`,
        effect() {
          state.published.push(published);
          take(state, message);
        },
        changes: true,
      });
    },
    consume: (options) => consume(state, process, options),
    life: () =>
      process.call({
        what: () => 'life of the bus',
        effect: () => String(state.life),
        changes: false,
      }),
    async lastId(subject) {
      const id = await process.call({
        what: () => `last id of ${subject}`,
        effect: () => state.subjects.get(subject)?.at(-1)?.id,
        changes: false,
      });
      beginnings += 1;
      return id;
    },
  };
}

function consume(state: State, process: SimulatedProcess, options: ConsumeOptions) {
  const consumer: Consumer = { ...options, process, delivered: new Map(), stopped: false };
  state.consumers.add(consumer);
  const stop = () => {
    consumer.stopped = true;
    state.consumers.delete(consumer);
  };
  process.onEnd(stop);
  // As the port has it, what the consumer has may be left out.
  const after = state.world.random.chance(leavesOut) ? (options.after ?? []) : [];
  options.subjects.forEach((subject, at) => {
    for (const message of state.subjects.get(subject) ?? []) {
      if (message.commit.version > (after[at] ?? 0)) send(state, consumer, message);
    }
  });
  return stop;
}

function take(state: State, message: BusMessage): void {
  const { world, subjects } = state;
  const messages = subjects.get(message.subject) ?? [];
  // As a broker does: by its id alone, whatever its subject.
  const known = state.ids.get(message.id)?.message;
  if (known && !world.random.chance(world.faults().missedRepeat)) {
    state.repeated.push({ message, known });
    return;
  }
  subjects.set(message.subject, messages);
  keep(state, messages, message);
  for (const consumer of state.consumers) {
    if (consumer.subjects.includes(message.subject)) send(state, consumer, message);
  }
}

function keep({ ids }: State, messages: BusMessage[], message: BusMessage): void {
  messages.push(message);
  ids.set(message.id, { count: (ids.get(message.id)?.count ?? 0) + 1, message });
  const oldest = messages.length > retainedMax ? messages.shift() : undefined;
  const same = oldest && ids.get(oldest.id);
  if (!same) return;
  same.count -= 1;
  if (same.count === 0) ids.delete(oldest.id);
}

function send(state: State, consumer: Consumer, message: BusMessage): void {
  const { random, faults, note } = state.world;
  const { reorderMsMax, duplicate } = faults();
  deliverAfter(state, random.between(1, reorderMsMax), consumer, message, 1);
  if (!random.chance(duplicate)) return;
  note('delivered twice');
  deliverAfter(state, random.between(1, repeatTimes * reorderMsMax), consumer, message, 1);
}

// What is lost is sent again here, without being asked.
const nothing = () => {};

function deliverAfter(
  state: State,
  delayMs: number,
  consumer: Consumer,
  message: BusMessage,
  attempt: number,
): void {
  const { world, life } = state;
  const { random } = world;
  const again = (ms: number) => deliverAfter(state, ms, consumer, message, attempt + 1);
  world.after(delayMs, () => {
    if (consumer.stopped || !consumer.process.alive() || state.life !== life) return;
    if (random.chance(world.faults().lostDelivery)) {
      world.note('delivery lost');
      return again(random.between(redeliveryMs.least, redeliveryMs.most));
    }
    noteDelivery(world, consumer, message);
    consumer.deliver({ ...message, attempt, ack: nothing, nak: again });
  });
}

function noteDelivery(
  world: World,
  { delivered, process }: Consumer,
  { subject, commit: { version } }: BusMessage,
): void {
  const versions = delivered.get(subject) ?? new Set();
  delivered.set(subject, versions);
  if (versions.has(version)) world.note('delivery repeated');
  if (versions.size > 0 && !versions.has(version - 1)) world.note('gap in the deliveries');
  versions.add(version);
  process.delivered.set(subject, Math.max(version, process.delivered.get(subject) ?? 0));
}
