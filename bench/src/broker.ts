/**
 * What a real NATS carries for us: `npm run broker`. It syncs every message, so its disk decides;
 * `--in FOLDER` puts its store elsewhere, e.g. into memory. What becomes of commits when it is
 * killed, emptied or out of reach: `npm run faults`.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findServers, type ServerProgram } from '@holdfast/test-servers/find-servers';
import type { OwnServer } from '@holdfast/test-servers/own-server';
import { startNats } from '@holdfast/test-servers/start-nats';
import { consumeAll, delays, openBroker, publishAll } from './faults/broker-speed.ts';
import { quantileOf } from './quantiles.ts';

const loads = [
  { lanes: 1, commits: 10_000, eventsEach: 1 },
  { lanes: 16, commits: 20_000, eventsEach: 1 },
  { lanes: 16, commits: 4_000, eventsEach: 100 },
];
const openLoop = { perSecond: 2_000, seconds: 10 };
const { values } = parseArgs({
  options: { in: { type: 'string', default: tmpdir() } },
});

/** With a store of its own, which goes with it. */
async function withNats(program: ServerProgram, use: (nats: OwnServer) => Promise<void>) {
  const storeDir = mkdtempSync(join(values.in, 'holdfast-broker-'));
  const nats = await startNats(program, { storeDir });
  await use(nats);
  await nats.end();
  rmSync(storeDir, { recursive: true });
}

const msOf = (values: readonly number[], share: number) => quantileOf(values, share).toFixed(1);

async function measureSpeed(nats: OwnServer, load: (typeof loads)[number]): Promise<void> {
  const { link, bus } = await openBroker(nats.url, 'speed');
  const published = await publishAll(bus, load);
  const consumed = await consumeAll(bus, load);
  console.log(
    `${load.lanes} lanes, ${load.eventsEach} events a commit: ` +
      `published ${Math.round(published)}/s, consumed ${Math.round(consumed)}/s (commits)`,
  );
  await link.close();
}

async function measureDelay(nats: OwnServer): Promise<void> {
  const from = await openBroker(nats.url, 'delay');
  const to = await openBroker(nats.url, 'delay');
  const late = await delays(from.bus, to.bus, openLoop);
  const [p50, p99, p999] = [0.5, 0.99, 0.999].map((share) => msOf(late, share));
  console.log(
    `at ${openLoop.perSecond}/s delivered after p50 ${p50}, p99 ${p99}, p99.9 ${p999} ms`,
  );
  await from.link.close();
  await to.link.close();
}

const { nats } = await findServers({ ...process.env, NATS_URL: undefined });
if (nats.status !== 'program') {
  console.error('A nats-server is needed: put one on the PATH, or install Go.');
  process.exitCode = 1;
} else {
  for (const load of loads) await withNats(nats.program, (own) => measureSpeed(own, load));
  await withNats(nats.program, measureDelay);
}
