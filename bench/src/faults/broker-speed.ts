/** What one broker carries for us, over the shipped adapter: published, consumed, and how late. */
import { logSubject, messageId } from '@holdfast/chassis/bus/bus';
import { type JetStreamBus, jetStreamBus } from '@holdfast/chassis/bus/bus.jetstream';
import { systemClock } from '@holdfast/chassis/clock';
import type { Commit } from '@holdfast/chassis/commit';
import type { Head } from '@holdfast/chassis/log/event-log';
import { connectNats, type NatsLink } from '@holdfast/chassis/nats/nats-connection.jetstream';
import { brokerStreams } from './broker-streams.ts';
import { madeCommit } from './made-commits.ts';

const windowCommits = 64;
const pendingMax = 256;

export type Broker = { readonly link: NatsLink; readonly bus: JetStreamBus };

/** Streams of its own. */
export async function openBroker(url: string, prefix: string): Promise<Broker> {
  const link = await connectNats({ url, name: 'speed', prefix });
  const bus = await jetStreamBus({ link, settings: brokerStreams, clock: systemClock() });
  return { link, bus };
}

const publish = (bus: JetStreamBus, commit: Commit): Promise<void> =>
  bus.publish({ subject: logSubject(commit), id: messageId(commit, commit.version), commit });

type Load = { readonly lanes: number; readonly commits: number; readonly eventsEach: number };

/** Each lane has a window under way. @returns commits a second */
export async function publishAll(bus: JetStreamBus, load: Load): Promise<number> {
  const { lanes, commits, eventsEach } = load;
  const all = Array.from({ length: lanes }, (_, lane) => {
    const made: Commit[] = [];
    for (let head: Head = { version: 0, hash: '' }; made.length < commits / lanes; ) {
      const commit = madeCommit(lane, head, eventsEach);
      made.push(commit);
      head = commit;
    }
    return made;
  });
  const startedAt = performance.now();
  await Promise.all(
    all.map(async (made) => {
      for (let at = 0; at < made.length; at += windowCommits) {
        await Promise.all(made.slice(at, at + windowCommits).map((one) => publish(bus, one)));
      }
    }),
  );
  return (1_000 * commits) / (performance.now() - startedAt);
}

/** @returns commits a second, hashes checked */
export function consumeAll(bus: JetStreamBus, { lanes, commits }: Load): Promise<number> {
  const context = 'inventory';
  const subjects = Array.from({ length: lanes }, (_, lane) => logSubject({ context, lane }));
  return new Promise((resolve) => {
    let startedAt = 0;
    let count = 0;
    const stop = bus.consume({
      ...{ consumer: 'speed', subjects, pendingMax },
      deliver({ ack }) {
        startedAt ||= performance.now();
        count += 1;
        ack();
        if (count < commits) return;
        stop();
        resolve((1_000 * commits) / (performance.now() - startedAt));
      },
    });
  });
}

/** Open loop, publisher and consumer on connections of their own. @returns delays in ms */
export async function delays(
  from: JetStreamBus,
  to: JetStreamBus,
  { perSecond, seconds }: { readonly perSecond: number; readonly seconds: number },
): Promise<readonly number[]> {
  const context = 'inventory';
  const lanes = 4;
  const heads: Head[] = Array.from({ length: lanes }, () => ({ version: 0, hash: '' }));
  const dueAt = new Map<string, number>();
  const late: number[] = [];
  const subjects = heads.map((_, lane) => logSubject({ context, lane }));
  const stop = to.consume({
    ...{ consumer: 'delays', subjects, pendingMax },
    deliver({ id, ack }) {
      late.push(performance.now() - (dueAt.get(id) ?? 0));
      ack();
    },
  });
  await new Promise((resolve) => setTimeout(resolve, 500));
  const startedAt = performance.now();
  const count = perSecond * seconds;
  for (let sent = 0; sent < count; ) {
    const elapsedMs = performance.now() - startedAt;
    for (; sent < count && (1_000 * sent) / perSecond <= elapsedMs; sent += 1) {
      const lane = sent % lanes;
      const commit = madeCommit(lane, heads[lane] ?? { version: 0, hash: '' }, 1);
      heads[lane] = commit;
      // From when it was to be sent, so that what had to wait for it counts.
      dueAt.set(messageId(commit, commit.version), startedAt + (1_000 * sent) / perSecond);
      void publish(from, commit);
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  while (late.length < count) await new Promise((resolve) => setTimeout(resolve, 10));
  stop();
  return late;
}
