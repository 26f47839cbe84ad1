/** R8, clustered: the disk of the broker, then that of the store, is full for a while. */

import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { type ClusterLoad, patientClients, prove, startLoad } from '../cluster/cluster-load.ts';
import type { Answered } from '../cluster/roaming-client.ts';
import { startCluster } from '../cluster/start-cluster.ts';
import { putKillStock } from '../kill-stock.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import type { FaultReport, FaultRow } from './fault-row.ts';

const diskMib = 64;
const fullMs = { full: 15_000, quick: 6_000 };
const goesOnWithinMs = 10_000;
/** More than there is, so that the server believes that there is room for its streams. */
const natsBelieves = 'max_file_store: 8GB';

/** A file system of its own: what is full then is not this machine's disk. */
function smallDisk(folder: string): { readonly folder: string; end(): void } {
  mkdirSync(folder, { recursive: true });
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${diskMib}m`, 'tmpfs', folder], {
    stdio: 'ignore',
  });
  let mounted = true;
  const end = () => {
    if (mounted) execFileSync('umount', ['-l', folder]);
    mounted = false;
  };
  // Before the folder around it is removed.
  process.prependOnceListener('exit', end);
  return { folder, end };
}

const isFull = (failure: unknown): boolean =>
  failure instanceof Error && 'code' in failure && failure.code === 'ENOSPC';

/** @returns bytes written until nothing more went in */
function fill(folder: string): number {
  const file = openSync(join(folder, 'filler'), 'w');
  let written = 0;
  for (const size of [1024 * 1024, 4096, 1]) {
    const bytes = Buffer.alloc(size);
    try {
      for (;;) written += writeSync(file, bytes);
    } catch (failure) {
      if (!isFull(failure)) throw failure;
    }
  }
  closeSync(file);
  return written;
}

type Disks = { readonly nats: string; readonly mongo: string };

type Report = {
  readonly injected: Record<string, number>;
  readonly figures: string[];
  readonly violations: string[];
};

async function fillOne(
  which: keyof Disks,
  disks: Disks,
  load: ClusterLoad,
  quick: boolean,
  { injected, figures, violations }: Report,
): Promise<void> {
  await pause(2_000);
  const fullAt = performance.now();
  injected[`full disk of ${which}`] = fill(disks[which]) > 0 ? 1 : 0;
  await pause(fullMs[quick ? 'quick' : 'full']);
  const decided = load.answered.filter((one) => one.decided && one.sentAt >= fullAt).length;
  rmSync(join(disks[which], 'filler'));
  const freeAt = performance.now();
  const isNext = (one: Answered) => one.decided && one.answeredAt >= freeAt;
  const next = await load.first(isNext, 2 * goesOnWithinMs);
  const nextMs = next && Math.round(next.answeredAt - freeAt);
  figures.push(
    `${which}: ${decided} commands decided while its disk was full, ` +
      `the next one ${nextMs ?? 'never'} ms after there was room`,
  );
  if (nextMs === undefined || nextMs > goesOnWithinMs) {
    violations.push(`${which}: it did not go on by itself`);
  }
  if (which === 'nats' && decided === 0) {
    violations.push('nothing was decided while only the broker had no room');
  }
}

async function fillBoth(
  disks: Disks,
  options: Parameters<FaultRow['run']>[0],
): Promise<FaultReport> {
  const cluster = await startCluster({
    servers: options.servers,
    nats: { storeDir: join(disks.nats, 'store'), jetstream: natsBelieves },
    mongo: { storeDir: join(disks.mongo, 'store') },
  });
  const [client] = patientClients(cluster, 1);
  if (!client) throw new Error('there is no client');
  const figures: string[] = [];
  const violations: string[] = [];
  const injected: Record<string, number> = {};
  try {
    await putKillStock(client);
    const load = startLoad(cluster);
    for (const which of ['nats', 'mongo'] as const) {
      await fillOne(which, disks, load, options.quick, { injected, figures, violations });
    }
    violations.push(...(await load.stop()));
    const passing = [...load.refusals.passing].map(([code, often]) => `${often} ${code}`);
    figures.push(`refused meanwhile: ${passing.join(', ') || 'nothing'}`);
    const proof = await prove(cluster, load.load);
    figures.push(...proof.figures);
    violations.push(...proof.violations);
    return { injected, figures, violations };
  } finally {
    client.close();
    await cluster.end();
  }
}

export const diskFull: FaultRow = {
  name: 'disk-full',
  bar: 'R8',
  title: 'The disk of the broker, and of the store, is full for a while',
  async run(options) {
    if (process.getuid?.() !== 0) {
      const why = 'Only root may mount the small disks that are filled: run this row as root.';
      return { injected: {}, figures: [why], violations: [] };
    }
    const folder = temporaryFolder('disk-full');
    const mounted = (['nats', 'mongo'] as const).map((name) => smallDisk(join(folder, name)));
    try {
      const [nats = '', mongo = ''] = mounted.map((disk) => disk.folder);
      return await fillBoth({ nats, mongo }, options);
    } finally {
      for (const disk of mounted) disk.end();
    }
  },
};
