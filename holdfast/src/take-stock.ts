/**
 * Rows of a stock file become counts: what is unknown is created, what cannot be taken is told with
 * its reason.
 */
import { randomUUID } from 'node:crypto';
import type { CountedRow, RefusedRow, StockFileRow } from './import/stock-row.ts';

/**
 * Asks the system itself, over HTTP or in this process: an import has no other way in than
 * anybody's.
 */
export type Ask = (
  query: string,
  variables: Readonly<Record<string, unknown>>,
) => Promise<Readonly<Record<string, unknown>>>;

export type RowOutcome =
  | { readonly type: 'counted'; readonly row: CountedRow; readonly created: readonly string[] }
  | { readonly type: 'refused'; readonly row: CountedRow; readonly reason: string };

const problem = '... on Problem { code message path }';
const mutation = (name: string, input: string) =>
  `mutation ($input: ${input}!) { answer: ${name}(input: $input) { __typename ${problem} } }`;
const putLocation = mutation('putLocation', 'PutLocationInput');
const putItem = mutation('putItem', 'PutItemInput');
const countStock = mutation('countStock', 'CountStockInput');
const item = 'query ($sku: ID!) { item(sku: $sku) { sku name } }';

type Answer = {
  readonly __typename: string;
  readonly message?: string;
  readonly path?: readonly string[] | null;
};

const isRefusal = (answer: Answer) =>
  answer.__typename !== 'StockChanged' && answer.__typename !== 'MasterDataSaved';

async function mutate(ask: Ask, query: string, input: object): Promise<Answer> {
  const data = await ask(query, { input: { idempotencyKey: randomUUID(), ...input } });
  return data.answer as Answer;
}

class RowRefused extends Error {
  override readonly name = 'RowRefused';
}

async function must(ask: Ask, query: string, input: object): Promise<Answer> {
  const answer = await mutate(ask, query, input);
  if (isRefusal(answer)) throw new RowRefused(reasonOf(answer));
  return answer;
}

const reasonOf = ({ path, message }: Answer): string =>
  [path?.join('.'), message].filter((text) => text !== undefined).join(': ');

async function saveItem(ask: Ask, { sku, name, productClass }: CountedRow): Promise<boolean> {
  const { item: known } = await ask(item, { sku });
  const knownName = (known as { readonly name?: string | null } | null)?.name ?? undefined;
  // A file without names does not take them away.
  await must(ask, putItem, { sku, name: name ?? knownName, productClass });
  return known === null;
}

/** Counts, and creates what the count finds missing. What was created. */
async function takeRow(ask: Ask, row: CountedRow): Promise<readonly string[]> {
  const { sku, location, quantity, condition, noneIn } = row;
  const created: string[] = [];
  const says = row.name !== undefined || row.productClass !== undefined;
  if (says && (await saveItem(ask, row))) created.push(`SKU ${sku}`);
  const at = { sku, locationCode: location, reason: 'stock file' };
  for (;;) {
    const answer = await mutate(ask, countStock, { ...at, quantity, condition });
    if (answer.__typename === 'UnknownSku' && !created.includes(`SKU ${sku}`)) {
      await saveItem(ask, row);
      created.push(`SKU ${sku}`);
    } else if (answer.__typename === 'NotFound' && !created.includes(`location ${location}`)) {
      await must(ask, putLocation, { code: location, name: location });
      created.push(`location ${location}`);
    } else if (isRefusal(answer)) throw new RowRefused(reasonOf(answer));
    else break;
  }
  for (const empty of noneIn) await must(ask, countStock, { ...at, quantity: 0, condition: empty });
  return created;
}

const rowsAtOnce = 64;

/** Outcomes in any order, a row's own failure never another row's. */
export async function takeStock(
  ask: Ask,
  rows: AsyncIterable<CountedRow> | Iterable<CountedRow>,
  tell: (outcome: RowOutcome) => void,
): Promise<void> {
  const underWay = new Set<Promise<void>>();
  // Rows of one SKU, or new to one location, after each other: so nothing is created twice.
  const lastOf = new Map<string, Promise<void>>();
  for await (const row of rows) {
    const before = [lastOf.get(row.sku), lastOf.get(`@${row.location}`)];
    const taken = Promise.all(before)
      .then(() => takeRow(ask, row))
      .then(
        (created) => tell({ type: 'counted', row, created }),
        (failure: unknown) => {
          if (!(failure instanceof RowRefused)) throw failure;
          tell({ type: 'refused', row, reason: failure.message });
        },
      );
    const settled = taken.finally(() => {
      underWay.delete(settled);
      if (lastOf.get(row.sku) === settled) lastOf.delete(row.sku);
    });
    underWay.add(settled);
    lastOf.set(row.sku, settled);
    if (!lastOf.has(`@${row.location}`)) lastOf.set(`@${row.location}`, settled);
    if (underWay.size >= rowsAtOnce) await Promise.race(underWay);
  }
  await Promise.all(underWay);
}

/** The rows that can be counted; the others are told as they come. */
export async function* countedOf(
  rows: AsyncIterable<StockFileRow>,
  refused: (row: RefusedRow) => void,
): AsyncGenerator<CountedRow> {
  for await (const row of rows) {
    if (row.type === 'counted') yield row;
    else refused(row);
  }
}
