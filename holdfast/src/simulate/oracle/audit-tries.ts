/**
 * How the lanes of a claim were asked, and what they said no for: by their logs alone (DESIGN 4,
 * steps 3 and 4).
 */
import type { Commit } from '@holdfast/chassis/commit';
import type { InventoryCommand } from '../client.ts';
import type { Request } from '../requests.ts';
import { commandsOf, type LoggedCommand } from './audit-log.ts';
import { freeFirmly, type LanePlaces } from './lane-places.ts';
import { locationsOf, rulesOf, type StockBook } from './stock-book.ts';
import type { Breach } from './stock-law.ts';

type Reserve = Extract<InventoryCommand, { type: 'ReserveStock' }>;
type PartHeld = { readonly attempt: number; readonly lanes: readonly number[] };
type Short = { readonly sku: string; readonly requestedUnits: number };

/**
 * A claim waits only in a lane above all that it holds, or two of them wait for each other: no lane
 * holds its part before every lane below it does.
 */
export function auditOrderOfTries(commits: readonly Commit[], breach: Breach): void {
  const held = new Set<string>();
  const asked: (PartHeld & { readonly claim: string; readonly lane: number })[] = [];
  for (const commit of commits) {
    for (const { record, events } of commandsOf(commit)) {
      for (const { subject: claim, event } of events) {
        if (event.type !== 'ClaimPartHeld') continue;
        const { attempt, lanes } = event as unknown as PartHeld;
        held.add(`${claim} ${attempt} ${commit.lane}`);
        if (record.type === 'TryClaim') asked.push({ claim, attempt, lanes, lane: commit.lane });
      }
    }
  }
  for (const { claim, attempt, lanes, lane } of asked) {
    const skipped = lanes.find((each) => each < lane && !held.has(`${claim} ${attempt} ${each}`));
    if (skipped === undefined) continue;
    breach('I1', `${claim} is held in lane ${lane}, and lane ${skipped} has not said yes`);
  }
}

/**
 * Only firm commitments are a reason to say no: what other undecided claims hold may be free again.
 *
 * @param book the whole catalog, and the class of each SKU
 */
export function auditRefusal(
  { record, outcome, at, version }: LoggedCommand,
  places: LanePlaces,
  asked: ReadonlyMap<string, Request>,
  { book, breach }: { readonly book: StockBook; readonly breach: Breach },
): void {
  const wish = wishOf(asked.get(record.trace ?? ''));
  const short = shortfallsOf(outcome);
  if (!wish || short.length === 0 || !isJudgedHere(record.type, wish)) return;
  const isShort = short.some(({ sku }) => missingFirmly(wish, sku, places, book, at) > 0);
  if (isShort) return;
  const named = short.map(({ sku, requestedUnits }) => `${requestedUnits} ${sku}`).join(' and ');
  breach(
    'I1',
    `${record.type} ${record.trace} in version ${version} was refused ${named}, ` +
      'though only claims that nobody has decided yet stood in its way',
  );
}

/** A home that has to ask other lanes first keeps its "no" later than it has found it. */
const isJudgedHere = (type: string, { wanted, buyer }: Reserve): boolean =>
  type === 'TryClaim' || (type === 'ReserveStock' && wanted.length === 1 && buyer === undefined);

const wishOf = (request: Request | undefined): Reserve | undefined => {
  const content = request?.content as InventoryCommand | undefined;
  return request?.context === 'inventory' && content?.type === 'ReserveStock' ? content : undefined;
};

type Told = {
  readonly accepted?: { readonly type?: string; readonly problem?: Problem } | null;
  readonly rejected?: Problem;
};
type Problem = { readonly type: string; readonly shortfalls?: readonly Short[] };

function shortfallsOf(outcome: LoggedCommand['outcome']): readonly Short[] {
  const { accepted, rejected } = (outcome ?? {}) as Told;
  const problem = rejected ?? (accepted?.type === 'no' ? accepted.problem : undefined);
  return problem?.type === 'InsufficientStock' ? (problem.shortfalls ?? []) : [];
}

/** Units of a SKU for which there is no place, if all undecided claims are refused. */
function missingFirmly(
  { wanted, channel }: Reserve,
  sku: string,
  places: LanePlaces,
  book: StockBook,
  at: number,
): number {
  const wish = wanted.find((each) => each.sku === sku);
  if (!wish) return 1;
  const { safetyStock } = rulesOf(book, sku);
  const taken = new Map<string, number>();
  const take = (location: string, units: number): number => {
    const free = freeFirmly(places, sku, location, at) - safetyStock;
    const before = taken.get(location) ?? 0;
    const found = Math.min(units, Math.max(0, free - before));
    taken.set(location, before + found);
    return found;
  };
  let missing = 0;
  for (const [location, units] of wish.at) missing += units - take(location, units);
  let rest = wish.anywhere;
  for (const location of locationsOf(book.catalog, channel)) rest -= take(location, rest);
  return missing + rest;
}
