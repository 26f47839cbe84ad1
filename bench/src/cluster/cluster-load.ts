/** The kill load on a cluster: clients that go on whatever dies, and when they were answered. */
import { setTimeout as pause } from 'node:timers/promises';
import type { GraphqlClient } from '../graphql-client.ts';
import { compareStock, hearAgain, pendingOrders, type Tally } from '../kill-checks.ts';
import { killLoad, type Load } from '../kill-load.ts';
import { auditLog } from './log-audit.ts';
import { type Answered, type Refusals, roamingClient } from './roaming-client.ts';
import type { Cluster } from './start-cluster.ts';

const clientsCount = 6;
/** The test store scans what it holds: it must not be filled faster than a run can bear. */
const thinkMs = 300;
const patienceMs = 30_000;
const heardAgainMax = 400;
const settleWithinMs = 20_000;
const pollMs = 5;

export type ClusterLoad = {
  readonly load: Load;
  readonly answered: readonly Answered[];
  readonly refusals: Refusals;
  /** The first answer of which `matches` holds, now or later; undefined when none comes in time. */
  first(matches: (answered: Answered) => boolean, withinMs: number): Promise<Answered | undefined>;
  /** Lets all that is under way be answered. @returns what went wrong with it, a sentence each */
  stop(): Promise<readonly string[]>;
};

const clientOf = (
  cluster: Cluster,
  first: number,
  more: { thinkMs: number; heard: (answered: Answered) => void; refusals: Refusals },
): GraphqlClient => {
  const endpoints = cluster.gateways.map(({ endpoint }) => endpoint);
  return roamingClient({ endpoints, key: cluster.keys.partner, patienceMs, ...more }, first);
};

/** For set-up and checks. */
export const patientClients = (cluster: Cluster, count: number): readonly GraphqlClient[] =>
  Array.from({ length: count }, (_, first) =>
    clientOf(cluster, first, {
      ...{ thinkMs: 0, heard: () => {}, refusals: { lost: 0, passing: new Map() } },
    }),
  );

export function startLoad(cluster: Cluster): ClusterLoad {
  const load = killLoad();
  const answered: Answered[] = [];
  const refusals: Refusals = { lost: 0, passing: new Map() };
  const wrong: string[] = [];
  let stopped = false;
  const clients = Array.from({ length: clientsCount }, (_, first) =>
    clientOf(cluster, first, { thinkMs, refusals, heard: (one) => void answered.push(one) }),
  );
  const running = clients.map(async (client) => {
    while (!stopped) {
      // It returns early when a connection is lost for longer than anybody waits.
      await load
        .run(client, () => stopped)
        .catch((failure: unknown) => {
          wrong.push(`a client heard ${failure}`);
        });
    }
  });
  return {
    ...{ load, answered, refusals },
    async first(matches, withinMs) {
      const until = performance.now() + withinMs;
      for (let at = 0; ; await pause(pollMs)) {
        for (; at < answered.length; at += 1) {
          const one = answered[at];
          if (one && matches(one)) return one;
        }
        if (performance.now() > until) return undefined;
      }
    },
    async stop() {
      stopped = true;
      await Promise.all(running);
      for (const client of clients) client.close();
      for (const { kind } of load.open) wrong.push(`a ${kind} was never answered`);
      return wrong;
    },
  };
}

export type Proof = { readonly figures: readonly string[]; readonly violations: readonly string[] };

async function pendingAtLast(clients: readonly GraphqlClient[], load: Load): Promise<number> {
  const until = performance.now() + settleWithinMs;
  for (;;) {
    const pending = await pendingOrders(clients, load.all);
    if (pending === 0 || performance.now() > until) return pending;
  }
}

const lastOf = (text: string) => text.split('\n').at(-1) ?? '';

/** After the load: every answer again, by request, by query, in the log and as stock. */
export async function prove(cluster: Cluster, load: Load): Promise<Proof> {
  const tally: Tally = { lost: 0, doubled: 0, replays: 0, wrong: [] };
  const clients = patientClients(cluster, clientsCount);
  const acknowledged = load.all.filter(({ heard }) => heard !== undefined);
  const step = Math.max(1, Math.floor(acknowledged.length / heardAgainMax));
  const sample = acknowledged.filter((_, at) => at % step === 0);
  await hearAgain(clients, sample, tally);
  const pending = await pendingAtLast(clients, load);
  if (pending > 0) tally.wrong.push(`${pending} orders are still PENDING`);
  if (clients[0]) await compareStock(clients[0], load.all, tally);
  const audited = await auditLog(cluster.mongo.url, load.all, tally);
  const verified = await cluster.run('verify');
  if (verified.code !== 0) tally.wrong.push(`holdfast verify: ${verified.said}`);
  for (const client of clients) client.close();
  const refused = acknowledged.filter(({ heard }) => heard?.code !== undefined).length;
  return {
    figures: [
      `${acknowledged.length} answers (${refused} of them refusals), ` +
        `${audited} found in the log, ${tally.replays} heard again; ` +
        `${tally.lost} lost, ${tally.doubled} doubled`,
      `holdfast verify: ${lastOf(verified.printed)}`,
    ],
    violations: [...tally.wrong, ...(acknowledged.length > 0 ? [] : ['nothing was acknowledged'])],
  };
}
