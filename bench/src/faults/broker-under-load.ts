/** A relay and a consumer over a real broker, for whatever is done to it meanwhile. */
import { setTimeout as pause } from 'node:timers/promises';
import { type JetStreamBus, jetStreamBus } from '@holdfast/chassis/bus/bus.jetstream';
import { parseCommitMessage } from '@holdfast/chassis/bus/commit-message';
import { systemClock } from '@holdfast/chassis/clock';
import { laneFeed } from '@holdfast/chassis/following/lane-feed';
import type { EventLog } from '@holdfast/chassis/log/event-log';
import { inMemoryEventLog } from '@holdfast/chassis/log/event-log.in-memory';
import { connectNats, type NatsLink } from '@holdfast/chassis/nats/nats-connection.jetstream';
import { inMemoryReadModel } from '@holdfast/chassis/read-model/read-model.in-memory';
import { createRelay } from '@holdfast/chassis/relay/relay';
import { brokerStreams } from './broker-streams.ts';
import { appendSteadily } from './made-commits.ts';

const lanesCount = 4;
/** A disk that others use as well takes a few hundred commits a second. */
const settleMsMax = 120_000;
const batch = 1_000;
const lanes = Array.from({ length: lanesCount }, (_, lane) => ({ context: 'inventory', lane }));

export type Verdict = {
  readonly commits: number;
  /** Of them, those that the broker has not said to have taken. */
  readonly unpublished: number;
  /** In the log and not in the stream; all that were published before, when that was emptied. */
  readonly notStored: number;
  /** First occurrences in the stream that come before an earlier version. */
  readonly orderBreaks: number;
  readonly storedTwice: number;
  /** Handed to the consumer out of order, twice or never. */
  readonly wronglyHanded: number;
  /** From the end of the load until everything was published and handed over. */
  readonly settledMs: number;
};

export type BrokerUnderLoad = {
  /** Commits that the broker is known to have. */
  published(): number;
  /** Resolves with the time until the broker has taken the next one. */
  untilNext(): Promise<number>;
  /** Ends the load and looks at what has become of it. */
  finish(): Promise<Verdict>;
};

export async function brokerUnderLoad(url: string, perSecond: number): Promise<BrokerUnderLoad> {
  const clock = systemClock();
  const link = await connectNats({ url, name: 'load', prefix: 'load' });
  const bus = await jetStreamBus({ link, settings: brokerStreams, clock });
  const log = inMemoryEventLog();
  const relay = createRelay({ lanes, log, bus, clock, mark: inMemoryReadModel() });
  const handed = followed(log, bus);
  await relay.start();
  const stopAppending = appendSteadily(log, lanesCount, perSecond);
  const published = () => lanes.reduce((total, lane) => total + relay.publishedVersion(lane), 0);
  return {
    published,
    async untilNext() {
      const startedAt = performance.now();
      for (const before = published(); published() <= before; ) await pause(1);
      return performance.now() - startedAt;
    },
    async finish() {
      const heads = await stopAppending();
      const commits = heads.reduce((total, { version }) => total + version, 0);
      const endedAt = performance.now();
      await until(() => published() === commits && handed.count() === commits);
      const settledMs = performance.now() - endedAt;
      const unpublished = commits - published();
      const stored = await storedVersions(link, commits);
      await relay.stop();
      await handed.stop();
      await link.close();
      return { commits, unpublished, ...stored, wronglyHanded: handed.wrong(commits), settledMs };
    },
  };
}

async function until(done: () => boolean): Promise<void> {
  const startedAt = performance.now();
  while (!done() && performance.now() - startedAt < settleMsMax) await pause(20);
}

function followed(log: EventLog, bus: JetStreamBus) {
  const versions = lanes.map(() => 0);
  let count = 0;
  let outOfOrder = 0;
  const feed = laneFeed({
    ...{ consumer: 'load', lanes, log, bus, clock: systemClock(), pendingMax: 256 },
    deliver({ lane, version }) {
      if (version !== (versions[lane] ?? 0) + 1) outOfOrder += 1;
      versions[lane] = version;
      count += 1;
      return undefined;
    },
  });
  feed.start(lanes.map(() => ({ version: 0, hash: '' })));
  return {
    count: () => count,
    wrong: (commits: number) => outOfOrder + Math.abs(commits - count),
    stop: feed.stop,
  };
}

async function storedVersions({ manager, named }: NatsLink, commits: number) {
  const { state } = await manager.streams.info(named('LOG'));
  const seen = lanes.map(() => new Set<number>());
  let [orderBreaks, storedTwice] = [0, 0];
  for (let seq = state.first_seq; seq <= state.last_seq; ) {
    const found = await manager.direct.getBatch(named('LOG'), { seq, batch });
    for await (const message of found) {
      seq = message.seq + 1;
      const commit = parseCommitMessage(message.data);
      const versions = commit && seen[commit.lane];
      if (!versions) continue;
      if (versions.has(commit.version)) storedTwice += 1;
      else if (versions.size > 0 && !versions.has(commit.version - 1)) orderBreaks += 1;
      versions.add(commit.version);
    }
  }
  const stored = seen.reduce((total, versions) => total + versions.size, 0);
  return { notStored: commits - stored, orderBreaks, storedTwice };
}

/** What must not be, in words. */
export const violationsIn = (verdict: Verdict): readonly string[] => {
  const { unpublished, notStored, orderBreaks, wronglyHanded } = verdict;
  return [
    ...(unpublished > 0 ? [`${unpublished} commits were not published in time`] : []),
    ...(notStored > 0 ? [`${notStored} commits are not in the stream`] : []),
    ...(orderBreaks > 0 ? [`${orderBreaks} commits are in the stream before an earlier one`] : []),
    ...(wronglyHanded > 0 ? [`${wronglyHanded} commits were not handed over once, in order`] : []),
  ];
};
