import { measure } from '../measure/child.ts';
import type { LedgerCase, LedgerFigures } from '../measure/ledger.ts';
import { atLeast, p50AndP99, type Row, times, wholeNumber } from '../row.ts';

const storeSkus = 1_000;
const hotGoal = 150_000;
const cases = [
  { what: 'one hot SKU, 128 callers', skus: 1, callers: 128, keys: 'ordered' },
  { what: '1,000 spread SKUs, 128 callers', skus: 1_000, callers: 128, keys: 'ordered' },
  { what: 'one hot SKU, 1 caller', skus: 1, callers: 1, keys: 'ordered' },
  { what: 'one hot SKU, 1,024 callers', skus: 1, callers: 1_024, keys: 'ordered' },
  { what: 'one hot SKU, 128 callers, random keys', skus: 1, callers: 128, keys: 'random' },
] as const;

type AskedLoad = Pick<LedgerCase, 'skus' | 'callers' | 'keys'>;

/** @param folder a store with at least that many SKUs */
export const measureLedger = (folder: string, load: AskedLoad, quick: boolean) =>
  measure<LedgerCase, LedgerFigures>('ledger.ts', {
    ...{ folder, ...load },
    ...{ warmUpMs: quick ? 1_000 : 2_000, measureMs: quick ? 2_000 : 5_000 },
  });

export const ledger: Row = {
  name: 'ledger',
  title: 'Ledger: ReserveStock a second, durable (SQLite, sync FULL), with keys and their HMAC',
  async run({ quick, storeOf }, tell) {
    const folder = await storeOf(storeSkus);
    const rates: number[] = [];
    for (const { what, ...load } of cases) {
      const found = await measureLedger(folder, load, quick);
      const { commandsPerSecond, p50Ms, p99Ms, commandsPerCommit, ceilingPerSecond } = found;
      rates.push(commandsPerSecond);
      tell({
        what,
        value: [
          `${wholeNumber(commandsPerSecond)}/s`,
          p50AndP99(p50Ms, p99Ms),
          `${commandsPerCommit.toFixed(0)} a commit of ${wholeNumber(found.bytesPerCommit)} bytes`,
          `bare appends of these: ${wholeNumber(ceilingPerSecond)}/s`,
          `processor ${found.decidingUs.toFixed(1)} + ${found.besideUs.toFixed(1)} us`,
          `peak ${found.peakMib} MiB`,
        ].join(' · '),
        numbers: found,
        goals: rates.length === 1 ? [atLeast(commandsPerSecond, hotGoal, '150,000/s')] : [],
      });
    }
    const [hot = 0, spread = 1] = rates;
    tell({
      what: 'hot against spread',
      value: times(hot / spread),
      numbers: { ratio: hot / spread },
      goals: [atLeast(hot / spread, 1, '1.00x')],
    });
  },
};
