/** R13: three times as many requests as can be answered, nearly all of them for one SKU. */
import { setTimeout as pause } from 'node:timers/promises';
import { patientClients } from '../cluster/cluster-load.ts';
import {
  closedLoop,
  coldSku,
  type KindFigures,
  loadSkus,
  mostAnswered,
  type OpenLoopFigures,
  openLoop,
  type Target,
} from '../cluster/open-loop.ts';
import { startCluster } from '../cluster/start-cluster.ts';
import * as documents from '../documents.ts';
import { type GraphqlClient, graphqlClient } from '../graphql-client.ts';
import { residentMib, startHoldfastProcess } from '../holdfast-process.ts';
import { p50AndP99, times as ratio } from '../row.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import type { FaultReport, FaultRow } from './fault-row.ts';

const times = 3;
const callers = 256;
/** Of what it can do, where "normal" is measured. */
const normalPart = 0.5;
/** The others are carts. */
const orderPart = 0.1;
/** What is usual is measured for long: its p99 is made by pauses that come each few seconds. */
const lengths = {
  full: { warmMs: 10_000, stepMs: 8_000, usualMs: 30_000, overMs: 60_000 },
  quick: { warmMs: 4_000, stepMs: 2_000, usualMs: 4_000, overMs: 10_000 },
};
/** What is accepted may take so many times the usual p99; what is usual, DECISIONS 104 says. */
const bars = { p99Times: 2, rssMibMax: 256, recoveryMsMax: 5_000, ordersMin: 0.95 };
/** What orders began goes on after they are answered. */
const settleMs = 5_000;
const probeEveryMs = 50;
const probesMax = 400;
const locationCode = 'overload-warehouse';
const unitsOfEach = 100_000_000;

type System = {
  readonly endpoints: readonly string[];
  readonly key: string;
  readonly pids: readonly number[];
  readonly client: GraphqlClient;
  end(): Promise<void>;
};

async function embedded(): Promise<System> {
  const holdfast = await startHoldfastProcess({ folder: temporaryFolder('overload') });
  const { endpoint, keys, pid } = holdfast;
  const client = graphqlClient(endpoint, keys.partner);
  const end = async () => {
    client.close();
    await holdfast.stop();
  };
  return { endpoints: [endpoint], key: keys.partner, pids: [pid], client, end };
}

async function clustered(servers: Parameters<FaultRow['run']>[0]['servers']): Promise<System> {
  const cluster = await startCluster({ servers });
  const { gateways, inventory, orders, keys } = cluster;
  const [client] = patientClients(cluster, 1);
  if (!client) throw new Error('there is no client');
  return {
    endpoints: gateways.map(({ endpoint }) => endpoint),
    key: keys.partner,
    pids: [...gateways, ...inventory, ...orders].map((part) => part.pid()),
    client,
    end: cluster.end,
  };
}

async function putStock({ client }: System): Promise<void> {
  const save = async (query: string, input: object) => {
    const idempotencyKey = crypto.randomUUID();
    const { answer } = await client.ask(query, { input: { idempotencyKey, ...input } });
    const { __typename } = answer as { readonly __typename: string };
    if (!/^(MasterDataSaved|StockChanged)$/.test(__typename)) throw new Error(__typename);
  };
  await save(documents.putLocation, { code: locationCode, name: 'Overload' });
  const cold = Array.from({ length: loadSkus.cold }, (_, at) => coldSku(at));
  for (const sku of [loadSkus.hot, ...cold]) {
    await save(documents.putItem, { sku });
    const counted = { sku, locationCode, quantity: unitsOfEach, reason: 'overload' };
    await save(documents.countStock, counted);
  }
}

/** From the end of the load until one request is answered as usual. */
async function recovery(target: Target, usualMs: number): Promise<number | undefined> {
  const startedAt = performance.now();
  for (let probe = 0; probe < probesMax; probe += 1) {
    const { carts, orders, p99Ms } = await closedLoop(target, 1, 1);
    const accepted = carts.accepted + orders.accepted > 0;
    if (accepted && p99Ms <= usualMs) return performance.now() - startedAt;
    await pause(probeEveryMs);
  }
  return undefined;
}

const memory = ({ pids }: System) => pids.map((pid) => residentMib(pid));

type Measured = {
  readonly capacity: OpenLoopFigures;
  /** Orders that it answers in a second when nothing else comes. */
  readonly ordersAlone: number;
  readonly normal: OpenLoopFigures;
  /** As many orders as come in the overload, and nothing else. */
  readonly sameOrders: OpenLoopFigures;
  readonly over: OpenLoopFigures;
  readonly grownMib: number;
  readonly recoveryMs: number | undefined;
};

async function measure(system: System, quick: boolean): Promise<Measured> {
  const { warmMs, stepMs, usualMs, overMs } = lengths[quick ? 'quick' : 'full'];
  const target = { ...system, orderPart };
  await putStock(system);
  await closedLoop(target, callers, warmMs);
  const capacity = await mostAnswered(target, stepMs);
  const ordersOnly = { ...system, orderPart: 1 };
  const alone = await mostAnswered(ordersOnly, stepMs);
  await pause(settleMs);
  const overRate = capacity.acceptedPerSecond * times;
  const sameOrders = await openLoop(ordersOnly, overRate * orderPart, usualMs);
  await pause(settleMs);
  const normal = await openLoop(target, capacity.acceptedPerSecond * normalPart, usualMs);
  const before = memory(system);
  const over = await openLoop(target, overRate, overMs);
  const recoveryMs = await recovery(target, bars.p99Times * normal.p99Ms);
  const grown = memory(system).map((mib, at) => mib - (before[at] ?? 0));
  return {
    ...{ capacity, ordersAlone: alone.acceptedPerSecond, normal, sameOrders, over },
    ...{ grownMib: Math.max(...grown), recoveryMs },
  };
}

const shareOf = ({ accepted, refused }: KindFigures) => accepted / Math.max(1, accepted + refused);
const percent = (share: number) => `${(share * 100).toFixed(1)} %`;
const shown = (kind: KindFigures) => `${percent(shareOf(kind))} (p99 ${Math.round(kind.p99Ms)} ms)`;

/**
 * Orders are accepted whatever else comes, so nothing that is refused can make it quicker than as
 * many orders are when they are alone.
 */
const usualP99Ms = ({ normal, sameOrders }: Measured): number =>
  Math.max(normal.p99Ms, sameOrders.p99Ms);

function violationsIn(measured: Measured): readonly string[] {
  const { over, grownMib, recoveryMs } = measured;
  const { p99Times, rssMibMax, recoveryMsMax, ordersMin } = bars;
  const untyped = [...over.untyped].map(([what, often]) => `${often} heard ${what}`);
  const usualMs = usualP99Ms(measured);
  const slow = over.p99Ms > p99Times * usualMs;
  const late = recoveryMs === undefined || recoveryMs > recoveryMsMax;
  return [
    ...untyped,
    ...(slow
      ? [`accepted p99 is ${Math.round(over.p99Ms)} ms, usually ${Math.round(usualMs)}`]
      : []),
    ...(grownMib > rssMibMax ? [`a process grew by ${grownMib} MiB`] : []),
    ...(late
      ? [`it recovered after ${Math.round(recoveryMs ?? Number.POSITIVE_INFINITY)} ms`]
      : []),
    ...(shareOf(over.orders) >= ordersMin
      ? []
      : [`${percent(shareOf(over.orders))} of orders accepted`]),
    ...(over.carts.refused > 0 ? [] : ['no cart was refused: this was no overload']),
  ];
}

const shownMs = ({ p50Ms, p99Ms }: OpenLoopFigures) => p50AndP99(p50Ms, p99Ms);

function reportOf(measured: Measured): FaultReport {
  const { capacity, ordersAlone, normal, sameOrders, over, grownMib, recoveryMs } = measured;
  return {
    injected: { 'requests at three times the capacity': over.sent },
    figures: [
      `capacity ${Math.round(capacity.acceptedPerSecond)} a second ` +
        `(p99 ${Math.round(capacity.p99Ms)} ms there); ` +
        `at half of it ${shownMs(normal)}; ` +
        `orders alone ${Math.round(ordersAlone)} a second`,
      `as many orders as in the overload, alone: ${shownMs(sameOrders)}`,
      `overload: ${Math.round(over.acceptedPerSecond)} a second accepted, ` +
        `${shownMs(over)} from when due: ` +
        `${ratio(over.p99Ms / normal.p99Ms)} that of half the capacity, ` +
        `${ratio(over.p99Ms / sameOrders.p99Ms)} that of the orders alone`,
      `accepted ${shown(over.carts)} of the carts, ${shown(over.orders)} of the orders; ` +
        `a process grew by at most ${grownMib} MiB; ` +
        `as usual again ${Math.round(recoveryMs ?? Number.NaN)} ms after the last answer`,
    ],
    violations: violationsIn(measured),
  };
}

const overloadOf = (
  name: string,
  title: string,
  start: (servers: Parameters<FaultRow['run']>[0]['servers']) => Promise<System>,
): FaultRow => ({
  ...{ name, bar: 'R13', title },
  async run({ servers, quick }) {
    const system = await start(servers);
    try {
      return reportOf(await measure(system, quick));
    } finally {
      await system.end();
    }
  },
});

export const overloads: readonly FaultRow[] = [
  overloadOf('overload', 'Three times the capacity, embedded', embedded),
  overloadOf('overload-clustered', 'Three times the capacity, clustered', clustered),
];
