import { statSync } from 'node:fs';
import { join } from 'node:path';
import { residentMib, startHoldfastProcess } from '../holdfast-process.ts';
import {
  atMost,
  type Figure,
  milliseconds,
  type Row,
  type RowOptions,
  times,
  wholeNumber,
} from '../row.ts';
import { loadOf } from './graphql.ts';
import { measureLedger } from './ledger.ts';

const sizes = [1_000, 100_000, 1_000_000];
const quickSizes = [1_000, 20_000];
const withinGoal = 1.3;
/** The same load at every size; what all of a store's SKUs together cost is told beside it. */
const askedSkus = 1_000;
const hot = { skus: 1, callers: 128, keys: 'ordered' } as const;

type Measured = {
  readonly skus: number;
  readonly ledgerHot: number;
  readonly reserve: number;
  readonly availability: number;
  readonly reserveAny: number;
  readonly availabilityAny: number;
  readonly startMs: number;
  readonly startMib: number;
  readonly loadedMib: number;
  readonly storeMib: number;
};

async function measureSize(skus: number, { quick, storeOf }: RowOptions): Promise<Measured> {
  const folder = await storeOf(skus);
  const bytes = ['holdfast.db', 'rows.db'].map((file) => statSync(join(folder, file)).size);
  const storeMib = Math.round(bytes.reduce((sum, each) => sum + each) / 2 ** 20);
  const ledgerFigures = await measureLedger(folder, hot, quick);
  // Once to fold what the ledger measured alone; the second start is one after a good end.
  await (await startHoldfastProcess({ folder })).stop();
  const holdfast = await startHoldfastProcess({ folder });
  const { endpoint, pid, startMs } = holdfast;
  const startMib = residentMib(pid);
  const target = { endpoint, key: undefined, pid };
  const reserved = await loadOf(target, 'reserve', askedSkus, quick);
  const available = await loadOf(target, 'availability', askedSkus, quick);
  const reservedAny = await loadOf(target, 'reserve', skus, quick);
  const availableAny = await loadOf(target, 'availability', skus, quick);
  const loadedMib = residentMib(pid, 'peak');
  await holdfast.stop();
  return {
    ...{ skus, storeMib, startMs, startMib, loadedMib },
    ledgerHot: ledgerFigures.commandsPerSecond,
    reserve: reserved.perSecond,
    availability: available.perSecond,
    reserveAny: reservedAny.perSecond,
    availabilityAny: availableAny.perSecond,
  };
}

const rates = ['ledgerHot', 'reserve', 'availability'] as const;
const names = {
  ledgerHot: 'ledger, one hot SKU',
  reserve: 'reserveStock, 1,000 SKUs',
  availability: 'availability of 20 of 1,000',
} as const;

const figureOf = (found: Measured): Figure => ({
  what: `${wholeNumber(found.skus)} SKUs`,
  value: [
    ...rates.map((rate) => `${names[rate]} ${wholeNumber(found[rate])}/s`),
    `of all SKUs: reserveStock ${wholeNumber(found.reserveAny)}/s`,
    `availability ${wholeNumber(found.availabilityAny)}/s`,
    `start ${milliseconds(found.startMs)}`,
    `${found.startMib} MiB after it, peak ${found.loadedMib} MiB under load`,
    `store ${wholeNumber(found.storeMib)} MiB`,
  ].join(' · '),
  numbers: found,
  goals: [],
});

function compare(found: readonly Measured[], tell: (figure: Figure) => void): void {
  for (const rate of rates) {
    const [smallest = 0, ...larger] = found.map((each) => each[rate]);
    const ratio = smallest / Math.min(...larger);
    const goals = [atMost(ratio, withinGoal, '1.30x')];
    tell({ what: `slowdown of ${names[rate]}`, value: times(ratio), numbers: { ratio }, goals });
  }
  const [least, most] = [found[0], found.at(-1)];
  if (!least || !most) return;
  const bytes = ((most.startMib - least.startMib) * 2 ** 20) / (most.skus - least.skus);
  const value = `${wholeNumber(bytes)} bytes after a start`;
  tell({ what: 'memory a SKU', value, numbers: { bytesPerSku: bytes }, goals: [] });
}

export const scale: Row = {
  name: 'scale',
  title: 'Scale: the same with more SKUs in the store',
  async run(options, tell) {
    const found: Measured[] = [];
    for (const skus of options.quick ? quickSizes : sizes) {
      const measured = await measureSize(skus, options);
      found.push(measured);
      tell(figureOf(measured));
    }
    compare(found, tell);
  },
};
