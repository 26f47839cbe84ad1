/**
 * One case of the ledger row, in a process of its own: the shipped inventory ledger over SQLite
 * with sync FULL, ReserveStock commands as the API makes them, from callers that ask again as soon
 * as they are answered.
 */
import { createHmac, randomUUID } from 'node:crypto';
import { systemClock } from '@holdfast/chassis/clock';
import type { CommandRecord } from '@holdfast/chassis/commit';
import type { Inventory } from '@holdfast/inventory/app';
import { homePlace, reservationId, type Sku } from '@holdfast/schema/identifiers';
import { latencies } from '../latencies.ts';
import { appendCeiling } from './append-ceiling.ts';
import { answerParent, caseFromParent } from './child.ts';
import { openInventory, skuAt } from './ledger-store.ts';

export type LedgerCase = {
  readonly folder: string;
  /** Of the store's SKUs, how many are asked for. */
  readonly skus: number;
  readonly callers: number;
  /** In the order of time (UUID 7), so that their rows lie side by side, or in none (UUID 4). */
  readonly keys: 'ordered' | 'random';
  readonly warmUpMs: number;
  readonly measureMs: number;
};

export type LedgerFigures = {
  readonly commandsPerSecond: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly commandsPerCommit: number;
  readonly bytesPerCommit: number;
  /**
   * Commands a second, were the store all there is to do: the same bytes, appended one after the
   * other.
   */
  readonly ceilingPerSecond: number;
  readonly peakMib: number;
  /**
   * Processor time a command, of the deciding thread and of all others: steady where the machine is
   * shared.
   */
  readonly decidingUs: number;
  readonly besideUs: number;
};

const secret = 'bench-secret-of-thirty-two-letters';
const clock = systemClock();

/**
 * One reservation as the API asks for it: a new id, the caller's key and a keyed hash of the
 * content.
 */
function reserve(inventory: Inventory, sku: Sku, key: string) {
  const claim = reservationId(clock.newId(), homePlace([sku]));
  const content = `{"lines":[{"quantity":1,"sku":${JSON.stringify(sku)}}]}`;
  const record: CommandRecord = {
    ...{ type: 'ReserveStock', by: 'storefront:bench', actor: 'storefront', key, trace: key },
    input: createHmac('sha256', secret).update(content).digest('base64url'),
  };
  return inventory.command(
    {
      ...{ type: 'ReserveStock', claim, channel: 'default' as never },
      ...{ wanted: [{ sku, anywhere: 1, at: new Map() }], buyer: undefined, ttlSeconds: undefined },
    },
    record,
  );
}

type Run = {
  readonly inventory: Inventory;
  readonly skus: readonly Sku[];
  readonly callers: number;
  readonly newKey: () => string;
};

/** Answers and their latencies of `forMs`. */
async function load({ inventory, skus, callers, newKey }: Run, forMs: number) {
  const heard = latencies();
  const startedAt = performance.now();
  const until = startedAt + forMs;
  let asked = 0;
  const caller = async () => {
    for (let now = performance.now(); now < until; ) {
      asked += 1;
      const { outcome } = await reserve(inventory, skus[asked % skus.length]!, newKey());
      if (!('accepted' in outcome)) throw new Error(`refused: ${outcome.rejected.type}`);
      const then = now;
      now = performance.now();
      heard.note(now - then);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return { heard, tookMs: performance.now() - startedAt };
}

const asked = caseFromParent<LedgerCase>();
const { inventory, store } = await openInventory(asked.folder);
// The ledger alone: what follows its log is measured through GraphQL.
await inventory.ledger.start();
const skus = Array.from({ length: asked.skus }, (_, at) => skuAt(at));
const newKey = asked.keys === 'ordered' ? () => clock.newId() : () => randomUUID();
const run: Run = { inventory, skus, callers: asked.callers, newKey };
await load(run, asked.warmUpMs);
const logFigures = () => {
  const row = store.one(
    "SELECT count(*) AS commits, sum(length(body)) AS bytes FROM log WHERE context = 'inventory'",
  );
  return { commits: Number(row?.commits), bytes: Number(row?.bytes) };
};
const before = logFigures();
const [processBefore, threadBefore] = [process.cpuUsage(), process.threadCpuUsage()];
const { heard, tookMs } = await load(run, asked.measureMs);
const usOf = ({ user, system }: NodeJS.CpuUsage) => user + system;
const decidingUs = usOf(process.threadCpuUsage(threadBefore)) / heard.count();
const besideUs = usOf(process.cpuUsage(processBefore)) / heard.count() - decidingUs;
const after = logFigures();
const peakMib = Math.round(process.resourceUsage().maxRSS / 1_024);
await inventory.ledger.stop();
await store.close();

const commits = after.commits - before.commits;
const bytesPerCommit = Math.round((after.bytes - before.bytes) / commits);
const commandsPerCommit = heard.count() / commits;
const commitsPerSecond = await appendCeiling(`${asked.folder}-ceiling`, bytesPerCommit);
answerParent<LedgerFigures>({
  commandsPerSecond: (heard.count() / tookMs) * 1_000,
  p50Ms: heard.quantile(0.5),
  p99Ms: heard.quantile(0.99),
  ...{ commandsPerCommit, bytesPerCommit, peakMib, decidingUs, besideUs },
  ceilingPerSecond: commitsPerSecond * commandsPerCommit,
});
