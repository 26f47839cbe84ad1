/**
 * Load over HTTP from a process of its own: connections that ask again as soon as they are
 * answered.
 */
import { randomInt, randomUUID } from 'node:crypto';
import * as documents from '../documents.ts';
import { type HttpConnection, openConnection } from '../http-connection.ts';
import { latencies } from '../latencies.ts';
import { processorMs } from '../processor-time.ts';
import { answerParent, caseFromParent } from './child.ts';

export type LoadKind = 'reserve' | 'place' | 'availability' | 'join';

export type LoadCase = {
  readonly endpoint: string;
  readonly key: string | undefined;
  readonly kind: LoadKind;
  /** `bench-0` and so on; each request takes any of them. */
  readonly skus: number;
  readonly connections: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** Whose processor time is told, together. */
  readonly serverPids: readonly number[];
  /** The servers that keep what they decide, told apart. */
  readonly storePids?: readonly number[];
};

export type LoadFigures = {
  readonly perSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Answers that were not what was asked for. */
  readonly refused: number;
  readonly serverUs: number;
  readonly storeUs: number;
};

/** SKUs of one availability query: a page of a product list. */
const listedSkus = 20;
/** So few that subgraphs work out each answer once, and cost little when the load has begun. */
const joinedOrders = 1_000;
const joinedOrder = `query Lines($id: ID!) { order(id: $id) { id number status
  lines { id sku quantity item { sku name } } } }`;

const customer = { email: 'bench@example.org' };
const answered: Readonly<Record<LoadKind, string>> = {
  reserve: '"__typename":"StockReserved"',
  place: '"status":"CONFIRMED"',
  availability: '"availability":[{"sku"',
  join: '"name":"Bench item',
};

function bodyOf({ kind, skus }: LoadCase): string {
  const anySku = () => `bench-${randomInt(skus)}`;
  const lines = [{ sku: anySku(), quantity: 1 }];
  const key = { idempotencyKey: randomUUID() };
  const [query, variables] = {
    reserve: () => [documents.reserveStock, { input: { ...key, lines } }] as const,
    place: () => [documents.placeOrder, { input: { ...key, lines, customer } }] as const,
    availability: () => {
      const listed = Math.min(listedSkus, skus);
      const from = randomInt(skus - listed + 1);
      const names = Array.from({ length: listed }, (_, at) => `bench-${from + at}`);
      return [documents.availability, { skus: names }] as const;
    },
    join: () => [joinedOrder, { id: `ord_${randomInt(joinedOrders)}` }] as const,
  }[kind]();
  return JSON.stringify({ query, variables });
}

async function load(asked: LoadCase, connections: readonly HttpConnection[], forMs: number) {
  const heard = latencies();
  const startedAt = performance.now();
  const until = startedAt + forMs;
  let refused = 0;
  let sample = '';
  const ask = async (connection: HttpConnection) => {
    for (let now = performance.now(); now < until; ) {
      const { text } = await connection.post(bodyOf(asked));
      const then = now;
      now = performance.now();
      if (text.includes(answered[asked.kind])) heard.note(now - then);
      else {
        refused += 1;
        sample = text.slice(0, 300);
      }
    }
  };
  await Promise.all(connections.map(ask));
  if (refused > 0) process.stderr.write(`${refused} refused, e.g. ${sample}\n`);
  return { heard, refused, tookMs: performance.now() - startedAt };
}

const asked = caseFromParent<LoadCase>();
const { endpoint, key } = asked;
const connections = await Promise.all(
  Array.from({ length: asked.connections }, () => openConnection(endpoint, key)),
);
await load(asked, connections, asked.warmUpMs);
const usedMs = (pids: readonly number[] = []) =>
  pids.reduce((sum, pid) => sum + processorMs(pid), 0);
const before = { server: usedMs(asked.serverPids), store: usedMs(asked.storePids) };
const { heard, refused, tookMs } = await load(asked, connections, asked.measureMs);
answerParent<LoadFigures>({
  perSecond: (heard.count() / tookMs) * 1_000,
  p50Ms: heard.quantile(0.5),
  p99Ms: heard.quantile(0.99),
  refused,
  serverUs: ((usedMs(asked.serverPids) - before.server) * 1_000) / Math.max(1, heard.count()),
  storeUs: ((usedMs(asked.storePids) - before.store) * 1_000) / Math.max(1, heard.count()),
});
