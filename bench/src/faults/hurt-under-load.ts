/** A cluster under load, something done to it, and what has become of every answer. */
import { setTimeout as pause } from 'node:timers/promises';
import { type ClusterLoad, patientClients, prove, startLoad } from '../cluster/cluster-load.ts';
import type { Answered } from '../cluster/roaming-client.ts';
import { type Cluster, type ClusterOptions, startCluster } from '../cluster/start-cluster.ts';
import { putKillStock } from '../kill-stock.ts';
import type { FaultReport } from './fault-row.ts';

/** What is under way at the end of the load is answered within this, or it is stuck. */
const answeredWithinMs = 45_000;
/** What the system is like before. */
export const beforeMs = 2_000;
/** Of a system whose server has room again. */
export const goesOnWithinMs = 10_000;
export const relayedWithinMs = 20_000;

export type Hurt = {
  readonly cluster: Cluster;
  readonly load: ClusterLoad;
  readonly injected: Record<string, number>;
  readonly figures: string[];
  readonly violations: string[];
};

/** @returns false when something was never answered: its proof would wait for it as well */
async function stopInTime({ load, violations }: Hurt): Promise<boolean> {
  const late = pause(answeredWithinMs, undefined, { ref: false });
  const wrong = await Promise.race([load.stop(), late]);
  violations.push(...(wrong ?? [...load.load.open].map(({ kind }) => `a ${kind} is stuck`)));
  return wrong !== undefined;
}

async function conclude(hurt: Hurt): Promise<void> {
  const { cluster, load, figures, violations } = hurt;
  const isAnswered = await stopInTime(hurt);
  const passing = [...load.refusals.passing].map(([code, often]) => `${often} ${code}`);
  figures.push(`refused meanwhile: ${passing.join(', ') || 'nothing'}`);
  if (!isAnswered) return;
  const proof = await prove(cluster, load.load);
  figures.push(...proof.figures);
  violations.push(...proof.violations);
}

export async function hurtUnderLoad(
  options: ClusterOptions,
  injure: (hurt: Hurt) => Promise<void>,
): Promise<FaultReport> {
  const cluster = await startCluster(options);
  const [client] = patientClients(cluster, 1);
  if (!client) throw new Error('there is no client');
  try {
    await putKillStock(client);
    const load = startLoad(cluster);
    const hurt: Hurt = { cluster, load, injected: {}, figures: [], violations: [] };
    await injure(hurt);
    await conclude(hurt);
    return hurt;
  } finally {
    client.close();
    await cluster.end();
  }
}

/** Commands that were sent at or after a moment and have been decided. */
export const decidedSince = ({ load }: Hurt, at: number): number =>
  load.answered.filter((one) => one.decided && one.sentAt >= at).length;

/** How long after `at` the next command was decided; undefined when none was in time. */
export async function nextDecided(
  { load }: Hurt,
  at: number,
  withinMs: number,
): Promise<number | undefined> {
  const isNext = (one: Answered) => one.decided && one.answeredAt >= at;
  const next = await load.first(isNext, withinMs);
  return next && Math.round(next.answeredAt - at);
}

const relayPollMs = 200;

/** Resolves when the bus has all that the logs hold. @returns ms; undefined when not in time */
export async function untilRelayed(
  { cluster }: Hurt,
  withinMs: number,
): Promise<number | undefined> {
  const startedAt = performance.now();
  const isBehind = async () => {
    const pages = [...cluster.inventory, ...cluster.orders].map(async ({ url }) =>
      (await fetch(`${url}/metrics`)).text(),
    );
    return (await Promise.all(pages)).some((page) =>
      /^holdfast_lane_relay_behind\{.*\} [1-9]/m.test(page),
    );
  };
  while (performance.now() - startedAt < withinMs) {
    if (!(await isBehind())) return Math.round(performance.now() - startedAt);
    await pause(relayPollMs);
  }
  return undefined;
}
