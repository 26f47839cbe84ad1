/** A bus that loses, repeats and reorders what it carries, and now and then forgets everything. */
import type { Bus, BusMessage, ConsumeOptions } from '../bus.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { World } from './world.ts';

/** A message that a bus took, and from whom. */
export type Published = { readonly message: BusMessage; readonly by: SimulatedProcess };

export type SimulatedBus = {
  of(process: SimulatedProcess): Bus;
  /** Everything that was ever published, in the order in which the bus took it. */
  published(): readonly Published[];
  /** Forgets all messages, delivered or not. */
  empty(): void;
};

type Consumer = ConsumeOptions & {
  readonly process: SimulatedProcess;
  /** Versions delivered to it, by subject. */
  readonly delivered: Map<string, Set<number>>;
  stopped: boolean;
};

/** Few, so that who comes late has to look into the log. */
const retainedMax = 40;
const redeliveryMs = { least: 1_000, most: 8_000 };

export function simulatedBus(world: World): SimulatedBus {
  const { random } = world;
  const subjects = new Map<string, BusMessage[]>();
  const consumers = new Set<Consumer>();
  const published: Published[] = [];
  let life = 0;

  const isHeld = ({ subject, id }: BusMessage) =>
    subjects.get(subject)?.some((held) => held.id === id) ?? false;

  const noteDelivery = ({ delivered, process }: Consumer, { subject, commit }: BusMessage) => {
    const versions = delivered.get(subject) ?? new Set();
    delivered.set(subject, versions);
    if (versions.has(commit.version)) world.note('delivery repeated');
    if (versions.size > 0 && !versions.has(commit.version - 1)) world.note('gap in the deliveries');
    versions.add(commit.version);
    process.delivered.set(subject, Math.max(commit.version, process.delivered.get(subject) ?? 0));
  };

  const deliverAfter = (
    delayMs: number,
    consumer: Consumer,
    message: BusMessage,
    attempt: number,
  ) => {
    const sentIn = life;
    const again = (ms: number) => deliverAfter(ms, consumer, message, attempt + 1);
    world.after(delayMs, () => {
      if (consumer.stopped || !consumer.process.alive() || life !== sentIn) return;
      if (random.chance(world.faults().lostDelivery)) {
        world.note('delivery lost');
        return again(random.between(redeliveryMs.least, redeliveryMs.most));
      }
      noteDelivery(consumer, message);
      consumer.deliver({ ...message, attempt, ack: () => {}, nak: again });
    });
  };

  const send = (consumer: Consumer, message: BusMessage) => {
    const { reorderMsMax, duplicate } = world.faults();
    deliverAfter(random.between(1, reorderMsMax), consumer, message, 1);
    if (!random.chance(duplicate)) return;
    world.note('delivered twice');
    deliverAfter(random.between(1, 20 * reorderMsMax), consumer, message, 1);
  };

  const take = (message: BusMessage) => {
    if (isHeld(message) && !random.chance(world.faults().missedRepeat)) return;
    const messages = subjects.get(message.subject) ?? [];
    subjects.set(message.subject, messages);
    messages.push(message);
    if (messages.length > retainedMax) messages.shift();
    for (const consumer of consumers) {
      if (consumer.subjects.includes(message.subject)) send(consumer, message);
    }
  };

  const lastId = (subject: string) => subjects.get(subject)?.at(-1)?.id;

  return {
    of: (process) => ({
      publish: (message) =>
        process.call({
          what: () => `publish ${message.id}`,
          effect() {
            published.push({ message, by: process });
            take(message);
          },
          changes: true,
        }),
      consume(options) {
        const consumer: Consumer = { ...options, process, delivered: new Map(), stopped: false };
        consumers.add(consumer);
        const stop = () => {
          consumer.stopped = true;
          consumers.delete(consumer);
        };
        process.onEnd(stop);
        for (const subject of options.subjects) {
          for (const message of subjects.get(subject) ?? []) send(consumer, message);
        }
        return stop;
      },
      lastId: (subject) =>
        process.call({
          what: () => `last id of ${subject}`,
          effect: () => lastId(subject),
          changes: false,
        }),
    }),
    published: () => published,
    empty() {
      life += 1;
      subjects.clear();
      world.note('bus emptied');
      world.tell('bus', () => 'has forgotten everything');
    },
  };
}
