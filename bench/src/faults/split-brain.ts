/** R9: four processes that all believe to own the same lanes sell one stock. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { readFrom } from '@holdfast/chassis/log/event-log';
import { mongoEventLog } from '@holdfast/chassis/log/event-log.mongo';
import { openMongoStore } from '@holdfast/chassis/mongo/store.mongo';
import { lanesOf } from '@holdfast/chassis/owning/lanes';
import { inventoryVerifier } from '@holdfast/inventory/verify';
import type { Sku } from '@holdfast/schema/identifiers';
import { units } from '@holdfast/schema/quantities';
import { startMongo } from '@holdfast/test-servers/start-mongo';
import { measure } from '../measure/child.ts';
import type { FaultOptions, FaultReport, FaultRow } from './fault-row.ts';
import { type OwnerCase, type OwnerFigures, openOwner } from './owner-process.ts';

const owners = 4;
/** Of each owner. Fewer make more commits of as many requests: strife costs the same of either. */
const callers = { full: 32, quick: 8 };
const conflictShareMax = 0.05;
/** So that a store that is too slow for it ends the row with what was answered. */
const withinMs = { full: 120_000, quick: 60_000 };
/** For claims over several lanes whose owner has gone. */
const settledWithinMs = 15_000;
const settlePollMs = 1_000;
const location = 'WH' as never;

type Brain = {
  readonly title: string;
  readonly laneCount: number;
  readonly skus: readonly string[];
  readonly carts: readonly (readonly string[])[];
  readonly unitsOfEach: number;
  /** Units that all of them can sell. */
  readonly requests: number;
};

/** Where the store is: one of its own, or the one that the environment names. */
async function openStore({ servers }: FaultOptions) {
  const { mongodb } = servers;
  if (mongodb.status === 'running') return { url: mongodb.url, end: async () => {} };
  if (mongodb.status === 'missing') throw new Error(mongodb.why);
  return startMongo(mongodb.program);
}

async function stockUp(url: string, prefix: string, { laneCount, skus, unitsOfEach }: Brain) {
  const { inventory, store } = await openOwner({ url, prefix, laneCount });
  await inventory.start();
  const by = { by: 'faults', actor: 'operator' };
  await inventory.command(
    { type: 'PutLocation', newId: 'loc_wh', code: location, name: 'Warehouse', timeZone: 'UTC' },
    { type: 'PutLocation', ...by },
  );
  for (const sku of skus as readonly Sku[]) {
    const item = { name: sku, productClass: 'default' as never };
    await inventory.command({ type: 'PutItem', sku, ...item }, { type: 'PutItem', ...by });
    const counted = { condition: 'SELLABLE', units: units(unitsOfEach), reason: 'faults' } as const;
    await inventory.command(
      {
        type: 'CountStock',
        sku,
        location,
        ...counted,
        ...{ compareUnits: undefined, includesUpTo: undefined },
      },
      { type: 'CountStock', ...by },
    );
  }
  await inventory.stop();
  await store.close();
}

/** Tentative holds of a claim that was refused are given back; each is of one unit. */
const change: Readonly<Record<string, number>> = { StockReserved: 1, StockReservationReleased: -1 };

/** Once what four have left open is settled by one who is alone; at the latest in time. */
async function readSettled(url: string, prefix: string, laneCount: number, units: number) {
  // In one lane a claim is one commit: there is nothing to settle.
  if (laneCount === 1) return readBack(url, prefix, laneCount);
  const { inventory, store } = await openOwner({ url, prefix, laneCount });
  await inventory.start();
  const until = performance.now() + settledWithinMs;
  let found = await readBack(url, prefix, laneCount);
  while (found.sold !== units && performance.now() < until) {
    await pause(settlePollMs);
    found = await readBack(url, prefix, laneCount);
  }
  await inventory.stop();
  await store.close();
  return found;
}

/** The whole log again: its chains, its law, and the units that it has sold. */
async function readBack(url: string, prefix: string, laneCount: number) {
  const store = await openMongoStore({ url, prefix, own: [] });
  const log = mongoEventLog(store);
  const verifier = inventoryVerifier();
  let [commits, sold] = [0, 0];
  for (const lane of lanesOf('inventory', laneCount)) {
    for await (const commit of readFrom(log, lane, 1)) {
      commits += 1;
      verifier.commit(commit);
      for (const { events } of commit.entries) {
        for (const { type } of events) sold += change[type] ?? 0;
      }
    }
  }
  verifier.finish();
  await store.close();
  return { commits, sold };
}

async function sell(options: FaultOptions, brain: Brain): Promise<FaultReport> {
  const { url, end } = await openStore(options);
  const prefix = `split_${randomUUID().slice(0, 8)}_`;
  try {
    await stockUp(url, prefix, brain);
    const { laneCount, carts, requests } = brain;
    const asked: OwnerCase = {
      url,
      prefix,
      laneCount,
      carts,
      requests: requests / owners,
      callers: callers[options.quick ? 'quick' : 'full'],
      withinMs: withinMs[options.quick ? 'quick' : 'full'],
    };
    const startedAt = performance.now();
    const figures = await Promise.all(
      Array.from({ length: owners }, () =>
        measure<OwnerCase, OwnerFigures>('../faults/owner-process.ts', asked),
      ),
    );
    const tookSeconds = (performance.now() - startedAt) / 1_000;
    const accepted = figures.reduce((all, one) => all + one.accepted, 0);
    const units = accepted * (carts[0]?.length ?? 1);
    const { commits, sold } = await readSettled(url, prefix, laneCount, units);
    return reportOf(brain, figures, { commits, sold, tookSeconds });
  } finally {
    await end();
  }
}

function reportOf(
  { title, skus, carts, unitsOfEach, requests }: Brain,
  figures: readonly OwnerFigures[],
  { commits, sold, tookSeconds }: { commits: number; sold: number; tookSeconds: number },
): FaultReport {
  const sum = (of: (figure: OwnerFigures) => number) =>
    figures.reduce((all, one) => all + of(one), 0);
  const accepted = sum((one) => one.accepted);
  const conflicts = sum((one) => one.conflicts);
  const unanswered = sum((one) => one.unanswered);
  const perCart = carts[0]?.length ?? 1;
  const there = unitsOfEach * skus.length;
  const share = conflicts / Math.max(1, commits);
  const wanted = Math.min(there / perCart, requests);
  return {
    injected: { 'owners at once': owners, [`requests (${title})`]: requests, conflicts },
    figures: [
      `${title}: ${accepted} carts of ${perCart} accepted, ${sold} of ${there} units sold, ` +
        `${sum((one) => one.overloaded)} asked again`,
      `${conflicts} conflicts in ${commits} commits (${(share * 100).toFixed(1)} %), ` +
        `slowest answer ${Math.round(Math.max(...figures.map((one) => one.slowestMs)))} ms, ` +
        `${Math.round(requests / tookSeconds)} requests a second`,
    ],
    violations: [
      ...(unanswered === 0 ? [] : [`${title}: ${unanswered} requests were not answered in time`]),
      ...(sold === accepted * perCart || (unanswered > 0 && sold > accepted * perCart)
        ? []
        : [`${title}: ${accepted} carts were acknowledged and ${sold} units sold`]),
      ...(sold <= there ? [] : [`${title}: ${sold} of ${there} units were sold`]),
      ...(perCart > 1 || accepted === wanted
        ? []
        : [`${title}: ${accepted} of ${wanted} were sold`]),
      ...(share <= conflictShareMax
        ? []
        : [`${title}: ${(share * 100).toFixed(1)} % of commits conflict`]),
    ],
  };
}

/** Three SKUs each, in lanes as they come; every SKU is in as many carts as any other. */
const cartsOf = (skus: readonly string[]): readonly (readonly string[])[] =>
  skus.map((sku, at) => [sku, ...[7, 19].map((step) => skus[(at + step) % skus.length] ?? sku)]);

export const splitBrain: FaultRow = {
  name: 'split-brain',
  bar: 'R9',
  title: 'Split brain: four owners of the same lanes',
  async run(options) {
    const hot = ['HOT'];
    const many = Array.from({ length: 64 }, (_, at) => `SKU-${at}`);
    // Learning who else is there costs as many conflicts in a short run as in a long one.
    const [ofOne, ofMany] = options.quick ? [0.1, 0.4] : [1, 1];
    const brains: readonly Brain[] = [
      {
        ...{ title: 'one lane', laneCount: 1, skus: hot, carts: [hot] },
        ...{ unitsOfEach: 10_000 * ofOne, requests: 20_000 * ofOne },
      },
      {
        ...{ title: '16 lanes', laneCount: 16, skus: many, carts: cartsOf(many) },
        ...{ unitsOfEach: 40 * ofMany, requests: 1_000 * ofMany },
      },
    ];
    const reports: FaultReport[] = [];
    for (const brain of brains) reports.push(await sell(options, brain));
    return {
      injected: Object.assign({}, ...reports.map(({ injected }) => injected)),
      violations: reports.flatMap(({ violations }) => violations),
      figures: reports.flatMap(({ figures }) => figures),
    };
  },
};
