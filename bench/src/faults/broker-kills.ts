/** A relay and a consumer over a broker that is killed again and again. */
import { type JetStreamBus, jetStreamBus } from '@holdfast/chassis/bus.jetstream';
import { systemClock } from '@holdfast/chassis/clock';
import { parseCommitMessage } from '@holdfast/chassis/commit-message';
import type { EventLog } from '@holdfast/chassis/event-log';
import { inMemoryEventLog } from '@holdfast/chassis/event-log.in-memory';
import { laneFeed } from '@holdfast/chassis/lane-feed';
import { connectNats, type NatsLink } from '@holdfast/chassis/nats-connection.jetstream';
import { inMemoryReadModel } from '@holdfast/chassis/read-model.in-memory';
import { createRelay, type Relay } from '@holdfast/chassis/relay';
import type { OwnServer } from '@holdfast/test-servers/own-server';
import { brokerStreams } from './broker-streams.ts';
import { appendSteadily } from './made-commits.ts';

const lanesCount = 4;
const perSecond = 1_000;
const runMs = 300;
const settleMsMax = 30_000;

export type BrokerKills = {
  readonly commits: number;
  /** In the log and never in the stream. */
  readonly lost: number;
  /** First occurrences in the stream that come before an earlier version. */
  readonly orderBreaks: number;
  readonly storedTwice: number;
  /** Handed to the consumer out of order, twice or never. */
  readonly wronglyHanded: number;
  /** From the moment the broker listens again to the first commit it takes. */
  readonly firstTakenMs: readonly number[];
};

const lanes = Array.from({ length: lanesCount }, (_, lane) => ({ context: 'inventory', lane }));
const sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));

export async function killBroker(nats: OwnServer, kills: number): Promise<BrokerKills> {
  const clock = systemClock();
  const link = await connectNats({ url: nats.url, name: 'kills', prefix: 'kills' });
  const bus = await jetStreamBus({ link, settings: brokerStreams, clock });
  const log = inMemoryEventLog();
  const relay = createRelay({ lanes, log, bus, clock, mark: inMemoryReadModel() });
  const handed = followed(log, bus);
  await relay.start();
  const stopAppending = appendSteadily(log, lanesCount, perSecond);
  const firstTakenMs: number[] = [];
  for (let kill = 0; kill < kills; kill += 1) {
    await sleep(runMs);
    await nats.kill();
    const before = sum(relay);
    await nats.restart();
    const backAt = performance.now();
    while (sum(relay) === before) await sleep(1);
    firstTakenMs.push(performance.now() - backAt);
  }
  const heads = await stopAppending();
  const commits = heads.reduce((total, { version }) => total + version, 0);
  await until(() => sum(relay) === commits && handed.count() === commits);
  const stored = await storedVersions(link);
  await relay.stop();
  await handed.stop();
  await link.close();
  return { commits, ...stored(commits), wronglyHanded: handed.wrong(commits), firstTakenMs };
}

const sum = (relay: Relay): number =>
  lanes.reduce((total, lane) => total + relay.publishedVersion(lane), 0);

async function until(done: () => boolean): Promise<void> {
  const startedAt = performance.now();
  while (!done() && performance.now() - startedAt < settleMsMax) await sleep(20);
}

function followed(log: EventLog, bus: JetStreamBus) {
  const versions = lanes.map(() => 0);
  let count = 0;
  let outOfOrder = 0;
  const feed = laneFeed({
    ...{ consumer: 'kills', lanes, log, bus, clock: systemClock(), pendingMax: 256 },
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

const batch = 1_000;

async function storedVersions({ manager, named }: NatsLink) {
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
      else if (commit.version > 1 && !versions.has(commit.version - 1)) orderBreaks += 1;
      versions.add(commit.version);
    }
  }
  const stored = seen.reduce((total, versions) => total + versions.size, 0);
  return (commits: number) => ({ lost: commits - stored, orderBreaks, storedTwice });
}
