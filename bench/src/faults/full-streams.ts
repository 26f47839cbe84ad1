/** Issue 4, bad input: the streams of the broker refuse more for a while. */
import { setTimeout as pause } from 'node:timers/promises';
import { connectNats, type NatsLink } from '@holdfast/chassis/nats/nats-connection.jetstream';
import type { FaultRow } from './fault-row.ts';
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

const fullMs = { full: 30_000, quick: 8_000 };
const streams = ['RAW', 'LOG', 'EVT', 'DLQ'] as const;
/** As `discard` has it on the wire. */
const refusing = 'new' as const;

/** @returns what makes room again */
async function fill({ manager }: NatsLink, name: string): Promise<() => Promise<unknown>> {
  const { config, state } = await manager.streams.info(name);
  const { discard, max_bytes } = config;
  await manager.streams.update(name, { discard: refusing, max_bytes: Math.max(1, state.bytes) });
  return () => manager.streams.update(name, { discard, max_bytes });
}

async function saidOf({ cluster }: Hurt): Promise<string> {
  const response = await fetch(`${cluster.orders[0]?.url}/readyz`);
  const { reasons = [] } = (await response.json()) as { readonly reasons?: readonly string[] };
  return reasons.join(' ');
}

async function fillAll(hurt: Hurt, link: NatsLink, forMs: number): Promise<void> {
  const { injected, figures, violations } = hurt;
  await pause(beforeMs);
  const fullAt = performance.now();
  const makeRoom = await Promise.all(streams.map((name) => fill(link, name)));
  for (const name of streams) injected[`full stream ${name}`] = 1;
  await pause(forMs);
  const decided = decidedSince(hurt, fullAt);
  const said = await saidOf(hurt);
  for (const make of makeRoom) await make();
  const nextMs = await nextDecided(hurt, performance.now(), goesOnWithinMs);
  const relayedMs = await untilRelayed(hurt, relayedWithinMs);
  figures.push(
    `${decided} commands decided while they were full, the next one ${nextMs ?? 'never'} ms after`,
    `the bus had all that it missed ${relayedMs ?? 'never'} ms later; /readyz said: ${said}`,
  );
  if (decided === 0) violations.push('nothing was decided while only streams were full');
  if (nextMs === undefined || relayedMs === undefined)
    violations.push('it did not go on by itself');
  if (!said.includes('is full')) violations.push('nobody said that a stream is full');
}

export const fullStreams: FaultRow = {
  name: 'full-streams',
  bar: 'R8',
  title: 'The streams of the broker refuse more for a while',
  run: ({ servers, quick }) =>
    hurtUnderLoad({ servers }, async (hurt) => {
      const link = await connectNats({ url: hurt.cluster.nats.url, name: 'operator' });
      try {
        await fillAll(hurt, link, fullMs[quick ? 'quick' : 'full']);
      } finally {
        await link.close();
      }
    }),
};
