/** R8, clustered: the disk of the broker, then that of the store, is full for a while. */

import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { temporaryFolder } from '../temporary-folder.ts';
import type { FaultReport, FaultRow } from './fault-row.ts';
import {
  beforeMs,
  decidedSince,
  goesOnWithinMs,
  type Hurt,
  hurtUnderLoad,
  nextDecided,
  relayedWithinMs,
  untilRelayed,
} from './hurt-under-load.ts';
import { type SmallDisk, smallDisk } from './small-disk.ts';

const fullMs = { full: 30_000, quick: 6_000 };
/** A store goes on for a while in the room that it has taken already. */
const feltWithinMs = 30_000;
const feltPollMs = 200;
/** More than there is, so that the server believes that there is room for its streams. */
const natsBelieves = 'max_file_store: 8GB';

type Which = 'nats' | 'mongo';

/** Until somebody is refused, or hears nothing for long. */
async function untilFelt({ load, violations }: Hurt): Promise<void> {
  const refused = () => load.refusals.lost + [...load.refusals.passing.values()].reduce(sum, 0);
  const [before, until] = [refused(), performance.now() + feltWithinMs];
  while (performance.now() < until) {
    if (refused() > before) return;
    await pause(feltPollMs);
  }
  violations.push('mongo: nobody was refused, so its disk was not full for it');
}

const sum = (all: number, one: number) => all + one;

async function fillFor(forMs: number, which: Which, disk: SmallDisk, hurt: Hurt): Promise<void> {
  const { injected, figures, violations } = hurt;
  await pause(beforeMs);
  const fullAt = performance.now();
  injected[`full disk of ${which}`] = disk.fill() > 0 ? 1 : 0;
  if (which === 'mongo') await untilFelt(hurt);
  await pause(forMs);
  const decided = decidedSince(hurt, fullAt);
  disk.makeRoom();
  const nextMs = await nextDecided(hurt, performance.now(), goesOnWithinMs);
  figures.push(
    `${which}: ${decided} commands decided while its disk was full, ` +
      `the next one ${nextMs ?? 'never'} ms after there was room`,
  );
  if (nextMs === undefined) violations.push(`${which}: it did not go on by itself`);
  if (which === 'nats' && decided === 0) {
    violations.push('nothing was decided while only the broker had no room');
  }
}

/**
 * A nats-server from 2.14 on takes nothing into a stream that has met a full disk until it is
 * started again, and its /healthz says so: whoever watches that restarts it.
 */
async function restartBroker(hurt: Hurt): Promise<void> {
  const { cluster, figures, violations } = hurt;
  await cluster.nats.stop();
  await cluster.nats.restart();
  const relayedMs = await untilRelayed(hurt, relayedWithinMs);
  figures.push(`nats: started again, it had all that it missed after ${relayedMs ?? 'never'} ms`);
  if (relayedMs === undefined) violations.push('nats: it never had what it missed');
}

export const diskFull: FaultRow = {
  name: 'disk-full',
  bar: 'R8',
  title: 'The disk of the broker, and of the store, is full for a while',
  async run({ servers, quick }): Promise<FaultReport> {
    if (process.getuid?.() !== 0) {
      const why = 'Only root may mount the small disks that are filled: run this row as root.';
      return { injected: {}, figures: [why], violations: [] };
    }
    const folder = temporaryFolder('disk-full');
    const [nats, mongo] = [smallDisk(join(folder, 'nats')), smallDisk(join(folder, 'mongo'))];
    const forMs = fullMs[quick ? 'quick' : 'full'];
    try {
      const places = {
        nats: { storeDir: join(nats.folder, 'store'), jetstream: natsBelieves },
        mongo: { storeDir: join(mongo.folder, 'store') },
      };
      return await hurtUnderLoad({ servers, ...places }, async (hurt) => {
        await fillFor(forMs, 'nats', nats, hurt);
        await restartBroker(hurt);
        await fillFor(forMs, 'mongo', mongo, hurt);
      });
    } finally {
      for (const disk of [nats, mongo]) disk.end();
    }
  },
};
