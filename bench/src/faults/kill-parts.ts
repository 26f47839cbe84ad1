/** R5: `kill -9` of every kind of process of a running cluster, one after the other, under load. */
import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ClusterLoad, patientClients, prove, startLoad } from '../cluster/cluster-load.ts';
import { type Cluster, startCluster } from '../cluster/start-cluster.ts';
import * as documents from '../documents.ts';
import { type GraphqlClient, graphqlClient } from '../graphql-client.ts';
import { skus } from '../kill-load.ts';
import { putKillStock } from '../kill-stock.ts';
import { type BadgeWatch, type Watched, watchBadge, watchOrder } from '../kill-watch.ts';
import { quantileOf } from '../quantiles.ts';
import type { FaultOptions, FaultReport, FaultRow } from './fault-row.ts';

const killsEach = { full: 100, quick: 3 };
const loadMs = { least: 200, most: 700 };
const backWithinMsMax = 1_000;
/** The lease of a dead owner ends first; the new one then folds the lane. */
const takeoverWithinMs = 20_000;
const answerWithinMs = 20_000;
const saidLinesMax = 20;

const killsOf = ({ quick, kills }: FaultOptions): number =>
  kills ?? (quick ? killsEach.quick : killsEach.full);

type Victim = {
  kill(): Promise<void>;
  /** Resolves when it is back. */
  revive(): Promise<unknown>;
  /** Of a gateway: subscriptions were there. */
  readonly endpoint?: string;
};

type Kind = {
  readonly name: string;
  readonly victims: (cluster: Cluster) => readonly Victim[];
};

const kinds: readonly Kind[] = [
  {
    name: 'gateway',
    victims: ({ gateways }) =>
      gateways.map((part) => ({ ...part, kill: part.kill, revive: part.start })),
  },
  {
    name: 'subgraph',
    victims: ({ inventory, orders }) =>
      inventory.flatMap((part, at) => {
        const other = orders[at];
        return [part, ...(other ? [other] : [])].map(({ kill, start }) => ({
          kill,
          revive: start,
        }));
      }),
  },
  { name: 'broker', victims: ({ nats }) => [{ kill: nats.kill, revive: nats.restart }] },
  { name: 'store', victims: ({ mongo }) => [{ kill: mongo.kill, revive: mongo.restart }] },
];

type Round = {
  readonly cluster: Cluster;
  readonly load: ClusterLoad;
  readonly watched: Watched;
  readonly badge: BadgeWatch;
  readonly client: GraphqlClient;
  readonly backMs: number[];
  readonly takeoverMs: number[];
  readonly wrong: string[];
};

/** From when it is back to the first answer, of itself where it can be asked. */
async function firstAfter({ load, cluster }: Round, victim: Victim): Promise<number | undefined> {
  const backAt = performance.now();
  const { endpoint } = victim;
  if (endpoint === undefined) {
    const heard = await load.first(
      ({ answeredAt, decided }) => decided && answeredAt >= backAt,
      answerWithinMs,
    );
    return heard && heard.answeredAt - backAt;
  }
  const client = graphqlClient(endpoint, cluster.keys.partner);
  const answered = await client.ask(documents.availability, { skus }).then(
    () => true,
    () => false,
  );
  client.close();
  return answered ? performance.now() - backAt : undefined;
}

/** Until each SKU has been sold or received again by a request that was sent after the kill. */
async function untilAllServed({ load }: Round, killedAt: number): Promise<number | undefined> {
  let latest = killedAt;
  for (const sku of skus) {
    const heard = await load.first(
      (one) => one.decided && one.sku === sku && one.sentAt >= killedAt,
      takeoverWithinMs,
    );
    if (!heard) return undefined;
    latest = Math.max(latest, heard.answeredAt);
  }
  return latest - killedAt;
}

async function killOne(kind: Kind, victim: Victim, round: Round): Promise<void> {
  const { cluster, client, watched, badge, wrong } = round;
  const key = cluster.keys.partner;
  const door = victim.endpoint === undefined ? undefined : { endpoint: victim.endpoint, key };
  const order = door && (await watchOrder(door, client, watched));
  await new Promise((resolve) => setTimeout(resolve, randomInt(loadMs.least, loadMs.most)));
  const killedAt = performance.now();
  await victim.kill();
  const other = cluster.gateways.find(({ endpoint }) => endpoint !== victim.endpoint);
  if (order && other) {
    badge.close();
    badge.resume({ endpoint: other.endpoint, key });
    await order.finish({ endpoint: other.endpoint, key }, client);
  }
  await victim.revive();
  const backMs = await firstAfter(round, victim);
  if (backMs === undefined) wrong.push(`nobody was answered after a ${kind.name} was back`);
  else round.backMs.push(backMs);
  if (kind.name !== 'subgraph') return;
  const takeover = await untilAllServed(round, killedAt);
  if (takeover === undefined) wrong.push('a SKU was not served after its owner was killed');
  else round.takeoverMs.push(takeover);
}

/** The store of a run in which something broke stays, with what its processes said last. */
async function keepingBroken(
  name: string,
  run: (folder: string) => Promise<FaultReport>,
): Promise<FaultReport> {
  const folder = mkdtempSync(join(tmpdir(), `holdfast-kill-${name}-`));
  const report = await run(folder).catch((cause: unknown) => {
    throw new Error(`${name}: it ended with its store kept: ${folder}`, { cause });
  });
  if (report.violations.length > 0) {
    return { ...report, figures: [...report.figures, `${name}: its store is kept: ${folder}`] };
  }
  rmSync(folder, { recursive: true });
  return report;
}

/** @param folder takes the store, and what the processes said last */
async function killKind(kind: Kind, folder: string, options: FaultOptions): Promise<FaultReport> {
  const kills = killsOf(options);
  const mongo = { storeDir: join(folder, 'store') };
  const cluster = await startCluster({ servers: options.servers, mongo });
  const [client] = patientClients(cluster, 1);
  if (!client) throw new Error('there is no client');
  try {
    await putKillStock(client);
    const watched: Watched = { gaps: 0, resumed: 0, wrong: [] };
    const badge = watchBadge(watched);
    const [door] = cluster.gateways;
    if (door) badge.resume({ endpoint: door.endpoint, key: cluster.keys.partner });
    const load = startLoad(cluster);
    const round: Round = {
      ...{ cluster, load, watched, badge, client, backMs: [], takeoverMs: [], wrong: [] },
    };
    const victims = kind.victims(cluster);
    for (let kill = 0; kill < kills; kill += 1) {
      const victim = victims[kill % victims.length];
      if (victim) await killOne(kind, victim, round);
    }
    round.wrong.push(...(await load.stop()));
    await badge.compare(client);
    badge.close();
    const proof = await prove(cluster, load.load);
    return reportOf(kind, kills, round, proof);
  } catch (failure) {
    const why = cluster.said().slice(-saidLinesMax).join('\n');
    throw new Error(`${kind.name}: ${failure}\n${why}`, { cause: failure });
  } finally {
    client.close();
    writeFileSync(join(folder, 'said.txt'), cluster.said().join('\n'));
    await cluster.end();
  }
}

const msOf = (values: readonly number[]) =>
  `p50 ${Math.round(quantileOf(values, 0.5))}, p99 ${Math.round(quantileOf(values, 0.99))} ms`;

function reportOf(
  { name }: Kind,
  kills: number,
  { load, watched, backMs, takeoverMs, wrong }: Round,
  proof: { readonly figures: readonly string[]; readonly violations: readonly string[] },
): FaultReport {
  const passing = [...load.refusals.passing].map(([code, times]) => `${times} ${code}`).join(', ');
  const p99 = quantileOf(backMs, 0.99);
  return {
    injected: { [`${name} kills`]: kills },
    figures: [
      `${name}: first answer ${msOf(backMs)} after it was back` +
        (takeoverMs.length > 0 ? `; every SKU served ${msOf(takeoverMs)} after the kill` : ''),
      `${name}: asked again after ${load.refusals.lost} lost connections, ` +
        `${passing || 'no errors'}; ${watched.resumed} subscriptions resumed, ${watched.gaps} gaps`,
      ...proof.figures.map((figure) => `${name}: ${figure}`),
    ],
    violations: [
      ...[...wrong, ...watched.wrong, ...proof.violations].map((one) => `${name}: ${one}`),
      ...(p99 <= backWithinMsMax
        ? []
        : [`${name}: the first answer came ${Math.round(p99)} ms (p99) after it was back`]),
    ],
  };
}

export const killRows: readonly FaultRow[] = kinds.map((kind) => ({
  name: `kill-${kind.name}`,
  bar: 'R5',
  title: `kill -9 of a ${kind.name}, again and again, under load`,
  run: (options) => keepingBroken(kind.name, (folder) => killKind(kind, folder, options)),
}));
