/** R7: a broker that lost its disk, or some of its bytes: all who follow still get everything. */
import { randomInt } from 'node:crypto';
import {
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jetStreamBus } from '@holdfast/chassis/bus/bus.jetstream';
import { systemClock } from '@holdfast/chassis/clock';
import { inMemoryEventLog } from '@holdfast/chassis/log/event-log.in-memory';
import { connectNats } from '@holdfast/chassis/nats/nats-connection.jetstream';
import { inMemoryReadModel } from '@holdfast/chassis/read-model/read-model.in-memory';
import { createRelay } from '@holdfast/chassis/relay/relay';
import type { OwnServer } from '@holdfast/test-servers/own-server';
import { startNats } from '@holdfast/test-servers/start-nats';
import { programOf } from '../cluster/start-cluster.ts';
import { quantileOf } from '../quantiles.ts';
import { brokerStreams } from './broker-streams.ts';
import type { FaultReport, FaultRow } from './fault-row.ts';
import { type FollowedLanes, followLanes } from './followed-lanes.ts';
import { madeCommit } from './made-commits.ts';

const lanes = Array.from({ length: 16 }, (_, lane) => ({ context: 'inventory', lane }));
const commitsAtOnce = { full: 100_000, quick: 20_000 };
/** Between two damages, so that a broker that forgot its end is written on as well. */
const commitsBetween = 320;
const times = {
  full: { emptied: 3, flipped: 20, truncated: 5 },
  quick: { emptied: 1, flipped: 3, truncated: 1 },
};
const convergeWithinMs = 30_000;
const gapWithinMs = 2_000;
const patienceMs = 60_000;

type Damage = 'emptied' | 'flipped' | 'truncated';

const blocksOf = (folder: string): readonly string[] =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.blk') && name.includes('LOG'))
    .map((name) => join(folder, name))
    .filter((file) => statSync(file).size > 0);

function flipByte(file: string): void {
  const bytes = readFileSync(file);
  const at = randomInt(bytes.length);
  bytes[at] = (bytes[at] ?? 0) ^ (1 << randomInt(8));
  writeFileSync(file, bytes);
}

/** While nobody has it open. @returns how much was done */
function damage(kind: Damage, folder: string): number {
  if (kind === 'emptied') {
    rmSync(folder, { recursive: true });
    return 1;
  }
  const blocks = blocksOf(folder);
  const file = blocks[randomInt(Math.max(1, blocks.length))];
  if (file === undefined) return 0;
  if (kind === 'flipped') flipByte(file);
  else truncateSync(file, randomInt(statSync(file).size));
  return 1;
}

/** Appends to all lanes in turn. */
function appender(log: ReturnType<typeof inMemoryEventLog>) {
  const heads = lanes.map(() => ({ version: 0, hash: '' }));
  let total = 0;
  return {
    total: () => total,
    async append(commits: number) {
      for (let made = 0; made < commits; made += 1) {
        const lane = total % lanes.length;
        const commit = madeCommit(lane, heads[lane] ?? { version: 0, hash: '' }, 1);
        await log.append(commit);
        heads[lane] = { version: commit.version, hash: commit.hash };
        total += 1;
      }
    },
  };
}

type Found = {
  readonly injected: Record<Damage, number>;
  readonly convergedMs: Record<Damage, number[]>;
  readonly gapsMs: number[];
  readonly violations: string[];
};

async function openFollowed(nats: OwnServer) {
  const clock = systemClock();
  const link = await connectNats({ url: nats.url, name: 'damage' });
  const bus = await jetStreamBus({ link, settings: brokerStreams, clock });
  const log = inMemoryEventLog();
  const relay = createRelay({ lanes, log, bus, clock, mark: inMemoryReadModel() });
  await relay.start();
  const close = async () => {
    await relay.stop();
    await link.close();
  };
  return { log, bus, close };
}

/** @returns an awaited follower's finding */
async function mustReach(
  who: string,
  kind: Damage,
  follower: FollowedLanes,
  commits: number,
  found: Found,
): Promise<void> {
  const tookMs = await follower.reaches(commits, patienceMs);
  found.gapsMs.push(...follower.gapsMs);
  if (tookMs === undefined) {
    const missing = commits - follower.count();
    found.violations.push(`${kind}: ${who} lacks ${missing} of ${commits} commits after a minute`);
  } else {
    found.convergedMs[kind].push(tookMs);
    if (tookMs > convergeWithinMs) {
      found.violations.push(`${kind}: ${who} had everything only after ${Math.round(tookMs)} ms`);
    }
  }
  const wrong = follower.outOfOrder();
  if (wrong > 0) found.violations.push(`${kind}: ${who} was handed ${wrong} commits out of order`);
}

async function damageAll(nats: OwnServer, folder: string, quick: boolean): Promise<Found> {
  const found: Found = {
    injected: { emptied: 0, flipped: 0, truncated: 0 },
    convergedMs: { emptied: [], flipped: [], truncated: [] },
    ...{ gapsMs: [], violations: [] },
  };
  const { log, bus, close } = await openFollowed(nats);
  const { append, total } = appender(log);
  const live = followLanes('live', lanes, log, bus);
  await append(commitsAtOnce[quick ? 'quick' : 'full']);
  if ((await live.reaches(total(), 2 * patienceMs)) === undefined) {
    found.violations.push('a consumer did not follow a whole broker');
  }
  const wanted = times[quick ? 'quick' : 'full'];
  for (const kind of ['flipped', 'truncated', 'emptied'] as const) {
    for (let time = 0; time < wanted[kind]; time += 1) {
      await nats.kill();
      found.injected[kind] += damage(kind, folder);
      await nats.restart();
      const fresh = followLanes(`fresh-${kind}-${time}`, lanes, log, bus);
      await append(commitsBetween);
      await mustReach('a consumer from the beginning', kind, fresh, total(), found);
      await mustReach('the consumer that was there', kind, live, total(), found);
      await fresh.stop();
    }
  }
  await live.stop();
  await close();
  return found;
}

const msOf = (values: readonly number[]) =>
  `p50 ${Math.round(quantileOf(values, 0.5))}, max ${Math.round(Math.max(0, ...values))} ms`;

function reportOf(
  { injected, convergedMs, gapsMs, violations }: Found,
  commits: number,
): FaultReport {
  const latestGapMs = Math.max(0, ...gapsMs);
  return {
    injected,
    figures: [
      ...Object.entries(convergedMs).map(
        ([kind, values]) =>
          `${kind}: all ${commits} commits and more were there after ${msOf(values)}`,
      ),
      `${gapsMs.length} gaps were met on the bus, filled from the log after ${msOf(gapsMs)}`,
    ],
    violations: [
      ...violations,
      ...(latestGapMs <= gapWithinMs
        ? []
        : [`a gap was filled after ${Math.round(latestGapMs)} ms`]),
    ],
  };
}

export const damagedBroker: FaultRow = {
  name: 'damaged-broker',
  bar: 'R7',
  title: 'A broker emptied, with flipped bytes, with blocks cut off',
  async run({ servers, quick }) {
    const storeDir = mkdtempSync(join(tmpdir(), 'holdfast-damaged-'));
    const nats = await startNats(programOf(servers.nats, 'NATS_URL'), { storeDir });
    try {
      const found = await damageAll(nats, join(storeDir, 'jetstream'), quick);
      return reportOf(found, commitsAtOnce[quick ? 'quick' : 'full']);
    } finally {
      await nats.end();
      rmSync(storeDir, { recursive: true, force: true });
    }
  },
};
