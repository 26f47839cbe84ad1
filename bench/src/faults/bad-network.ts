/** R10: every way between the processes of a cluster and its servers is made bad, under load. */

import { randomInt } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { TcpProxy, Weather } from '@holdfast/test-servers/tcp-proxy';
import { type ClusterLoad, patientClients, prove, startLoad } from '../cluster/cluster-load.ts';
import { type Cluster, startCluster, type Ways } from '../cluster/start-cluster.ts';
import { putKillStock } from '../kill-stock.ts';
import type { FaultReport, FaultRow } from './fault-row.ts';

const availableWithinMs = 5_000;
const availableShareMin = 0.99;
const reconnectWithinMs = 2_000;
const healWithinMs = 30_000;
const pollMs = 50;
const resetEveryMs = 250;

type Fault = {
  readonly title: string;
  readonly ways: readonly (keyof Ways)[];
  readonly forMs: number;
  /** Makes them bad; the result makes them good again. @returns how many faults it was */
  readonly make: (ways: readonly TcpProxy[], forMs: number) => Promise<number>;
  /** Only the broker is away, which no command needs. */
  readonly mustBeAvailable?: true;
  /** Whoever held such a connection hears of nothing: it must find out by itself. */
  readonly mustFindOut?: true;
};

const weather = (next: Weather) => async (ways: readonly TcpProxy[], forMs: number) => {
  for (const way of ways) way.weather(next);
  await pause(forMs);
  for (const way of ways) way.weather();
  return ways.length;
};

async function resets(ways: readonly TcpProxy[], forMs: number): Promise<number> {
  let made = 0;
  for (let leftMs = forMs; leftMs > 0; leftMs -= resetEveryMs) {
    const way = ways[randomInt(ways.length)];
    made += way?.connections() ?? 0;
    way?.cut();
    await pause(resetEveryMs);
  }
  return made;
}

async function halfOpen(ways: readonly TcpProxy[], forMs: number): Promise<number> {
  const made = ways.reduce((sum, way) => sum + way.connections(), 0);
  for (const way of ways) way.halfOpen();
  await pause(forMs);
  return made;
}

const late: Weather = { delayMs: 200, jitterMs: 100 };

const faults: readonly Fault[] = [
  ...(['nats', 'mongo', 'subgraphs'] as const).map((way) => ({
    ...{ title: `200 ms late, more or less, to ${way}`, ways: [way], forMs: 5_000 },
    make: weather(late),
  })),
  {
    ...{ title: 'reset on any way', ways: ['nats', 'mongo', 'subgraphs'], forMs: 5_000 },
    make: resets,
  },
  ...(['nats', 'mongo', 'subgraphs'] as const).map((way) => ({
    ...{ title: `single bytes to ${way}`, ways: [way], forMs: 3_000 },
    make: weather({ sliceBytes: 1 }),
  })),
  {
    ...{ title: 'black hole to the broker', ways: ['nats'], forMs: 10_000 },
    ...{ make: weather({ blackHole: true }), mustBeAvailable: true },
  },
  {
    title: 'black hole to the store',
    ways: ['mongo'],
    forMs: 10_000,
    make: weather({ blackHole: true }),
  },
  {
    ...{ title: 'half open to the broker', ways: ['nats'], forMs: 30_000 },
    ...{ make: halfOpen, mustFindOut: true },
  },
];

/** Quick: the same faults, for as long as a try can bear. */
const forMsOf = ({ forMs }: Fault, quick: boolean): number =>
  quick ? Math.min(forMs, 10_000) / 2 : forMs;

const isReady = async ({ url }: { readonly url: string }): Promise<boolean> => {
  const response = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(1_000) });
  await response.arrayBuffer();
  return response.ok;
};

/** From now until all parts are ready; undefined when they are not in time. */
async function untilReady({ gateways, inventory, orders }: Cluster): Promise<number | undefined> {
  const startedAt = performance.now();
  const parts = [...gateways, ...inventory, ...orders];
  while (performance.now() - startedAt < healWithinMs) {
    const ready = await Promise.all(parts.map((part) => isReady(part).catch(() => false)));
    if (ready.every(Boolean)) return performance.now() - startedAt;
    await pause(pollMs);
  }
  return undefined;
}

type Seen = {
  readonly figures: string[];
  readonly violations: string[];
  injected: Record<string, number>;
};

/** Of the commands that were answered in the window, or wait since then, how many came in time. */
function availability({ answered }: ClusterLoad, from: number, to: number) {
  const decided = answered.filter(
    (one) => one.decided && one.answeredAt >= from && one.sentAt <= to,
  );
  const inTime = decided.filter(
    ({ sentAt, answeredAt }) => answeredAt - sentAt <= availableWithinMs,
  );
  return { commands: decided.length, share: inTime.length / Math.max(1, decided.length) };
}

async function inject(
  fault: Fault,
  quick: boolean,
  cluster: Cluster,
  load: ClusterLoad,
  seen: Seen,
) {
  const ways = fault.ways.flatMap((way) => cluster.ways[way]);
  const from = performance.now();
  const refusedBefore = refusals(load);
  const made = await fault.make(ways, forMsOf(fault, quick));
  const to = performance.now();
  const readyMs = await untilReady(cluster);
  const next = await load.first((one) => one.decided && one.answeredAt >= to, healWithinMs);
  const nextMs = next && next.answeredAt - to;
  const { commands, share } = availability(load, from, to);
  const refused = refusals(load) - refusedBefore;
  seen.injected[fault.title] = made;
  seen.figures.push(
    `${fault.title}: ${commands} commands, ${(share * 100).toFixed(1)} % within ` +
      `${availableWithinMs} ms (${refused} tries refused or cut); afterwards all ready after ` +
      `${rounded(readyMs)}, next answer after ${rounded(nextMs)}`,
  );
  if (readyMs === undefined) seen.violations.push(`${fault.title}: it was not ready again`);
  else if (readyMs > reconnectWithinMs && !fault.mustFindOut) {
    seen.violations.push(`${fault.title}: ready again only after ${Math.round(readyMs)} ms`);
  }
  if (nextMs === undefined) seen.violations.push(`${fault.title}: nobody was answered afterwards`);
  if (fault.mustBeAvailable && share < availableShareMin) {
    seen.violations.push(`${fault.title}: ${(share * 100).toFixed(1)} % of commands in time`);
  }
}

const rounded = (ms: number | undefined) => (ms === undefined ? 'never' : `${Math.round(ms)} ms`);

const refusals = ({ refusals: { lost, passing } }: ClusterLoad): number =>
  [...passing.values()].reduce((sum, times) => sum + times, lost);

export const badNetwork: FaultRow = {
  name: 'bad-network',
  bar: 'R10',
  title: 'Bad ways between the processes of a cluster and its servers',
  async run({ servers, quick }): Promise<FaultReport> {
    const cluster = await startCluster({ servers, proxied: true });
    const [client] = patientClients(cluster, 1);
    if (!client) throw new Error('there is no client');
    try {
      await putKillStock(client);
      const load = startLoad(cluster);
      const seen: Seen = { figures: [], violations: [], injected: {} };
      for (const fault of faults) await inject(fault, quick, cluster, load, seen);
      seen.violations.push(...(await load.stop()));
      const proof = await prove(cluster, load.load);
      return {
        injected: seen.injected,
        figures: [...seen.figures, ...proof.figures],
        violations: [...seen.violations, ...proof.violations],
      };
    } finally {
      client.close();
      await cluster.end();
    }
  },
};
