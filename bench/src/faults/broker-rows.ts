/** What the carrying of commits must survive: a broker killed, emptied, or hard to reach. */

import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { FoundServers } from '@holdfast/test-servers/find-servers';
import type { OwnServer } from '@holdfast/test-servers/own-server';
import { startNats } from '@holdfast/test-servers/start-nats';
import { tcpProxy, type Weather } from '@holdfast/test-servers/tcp-proxy';
import { quantileOf } from '../quantiles.ts';
import { brokerUnderLoad, type Verdict, violationsIn } from './broker-under-load.ts';
import type { FaultReport, FaultRow } from './fault-row.ts';

const perSecond = 500;
const runMs = 300;

type Use = (nats: OwnServer, storeDir: string) => Promise<FaultReport>;

async function withNats({ nats }: FoundServers, use: Use): Promise<FaultReport> {
  if (nats.status !== 'program') {
    throw new Error('A nats-server of our own is needed: unset NATS_URL, it is not ours to kill.');
  }
  const storeDir = await mkdtemp(join(tmpdir(), 'holdfast-broker-'));
  const server = await startNats(nats.program, { storeDir });
  try {
    return await use(server, storeDir);
  } finally {
    await server.end();
    rmSync(storeDir, { recursive: true, force: true });
  }
}

const ms = (values: readonly number[], share: number) => Math.round(quantileOf(values, share));
const counted = ({ commits, storedTwice, settledMs }: Verdict): string =>
  `${commits} commits, ${storedTwice} stored twice, ` +
  `settled ${Math.round(settledMs)} ms after the load`;

export const brokerKilled: FaultRow = {
  ...{ name: 'broker-killed', bar: 'R5', title: 'the broker is killed with -9 under load' },
  run: ({ servers, quick }) =>
    withNats(servers, async (nats) => {
      const load = await brokerUnderLoad(nats.url, perSecond);
      const kills = quick ? 5 : 100;
      const takenMs: number[] = [];
      for (let kill = 0; kill < kills; kill += 1) {
        await pause(runMs);
        await nats.kill();
        await nats.restart();
        takenMs.push(await load.untilNext());
      }
      const verdict = await load.finish();
      return {
        injected: { kills },
        violations: violationsIn(verdict),
        figures: [
          counted(verdict),
          `first taken p50 ${ms(takenMs, 0.5)}, p99 ${ms(takenMs, 0.99)} ms after it listens`,
        ],
      };
    }),
};

export const brokerEmptied: FaultRow = {
  ...{ name: 'broker-emptied', bar: 'R7', title: 'the broker comes back without its disk' },
  run: ({ servers, quick }) =>
    withNats(servers, async (nats, storeDir) => {
      const load = await brokerUnderLoad(nats.url, perSecond);
      const times = quick ? 2 : 10;
      for (let count = 0; count < times; count += 1) {
        await pause(3 * runMs);
        await nats.kill();
        rmSync(join(storeDir, 'jetstream'), { recursive: true });
        await nats.restart();
        await load.untilNext();
      }
      await pause(3 * runMs);
      const verdict = await load.finish();
      return {
        injected: { 'disks lost': times },
        violations: violationsIn(verdict),
        figures: [counted(verdict)],
      };
    }),
};

const weathers: readonly (readonly [string, number, Weather])[] = [
  ['late by 200 ms, 100 more or less', 4_000, { delayMs: 200, jitterMs: 100 }],
  ['black hole', 10_000, { blackHole: true }],
  ['refused', 2_000, { refuse: true }],
  ['single bytes', 2_000, { sliceBytes: 1 }],
];

export const brokerUnreachable: FaultRow = {
  ...{ name: 'broker-unreachable', bar: 'R10', title: 'the way to the broker is bad' },
  run: ({ servers, quick }) =>
    withNats(servers, async (nats) => {
      const proxy = await tcpProxy(nats);
      const load = await brokerUnderLoad(`nats://127.0.0.1:${proxy.port}`, perSecond);
      const injected: Record<string, number> = {};
      const figures: string[] = [];
      const inject = async (what: string, make: () => Promise<unknown>) => {
        await pause(runMs);
        await make();
        injected[what] = (injected[what] ?? 0) + 1;
        figures.push(`${what}: next commit taken after ${Math.round(await load.untilNext())} ms`);
      };
      for (let times = 0; times < (quick ? 1 : 3); times += 1) {
        for (const [what, forMs, weather] of weathers) {
          await inject(what, async () => {
            proxy.weather(weather);
            if (weather.refuse) proxy.cut();
            await pause(quick ? forMs / 4 : forMs);
            proxy.weather();
          });
        }
        await inject('reset', async () => proxy.cut());
        await inject('half open', async () => proxy.halfOpen());
      }
      const verdict = await load.finish();
      await proxy.close();
      return {
        injected,
        violations: violationsIn(verdict),
        figures: [counted(verdict), ...figures],
      };
    }),
};
