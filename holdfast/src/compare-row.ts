/** What a row would change, without changing it. */
import type { CountedRow } from './import/stock-row.ts';
import type { Ask } from './take-stock.ts';

const query = `query ($sku: ID!) {
  item(sku: $sku) { sku name }
  stockPositions(sku: $sku) { location { code } conditions { condition quantity } }
}`;

type Known = {
  readonly item: { readonly name: string | null } | null;
  readonly stockPositions: readonly {
    readonly location: { readonly code: string };
    readonly conditions: readonly { readonly condition: string; readonly quantity: number }[];
  }[];
};

/** One line for a person; undefined when the row changes nothing. */
export async function compareRow(ask: Ask, row: CountedRow): Promise<string | undefined> {
  const { sku, location, quantity, condition, noneIn, name } = row;
  const known = (await ask(query, { sku })) as Known;
  const position = known.stockPositions.find((each) => each.location.code === location);
  const unitsIn = (wanted: string) =>
    position?.conditions.find((each) => each.condition === wanted)?.quantity ?? 0;
  const changes = [
    ...(known.item ? [] : ['new SKU']),
    ...(known.item && name !== undefined && name !== known.item.name ? [`name ${name}`] : []),
    ...(unitsIn(condition) === quantity
      ? []
      : [`${condition} ${unitsIn(condition)} -> ${quantity}`]),
    ...noneIn.flatMap((each) => (unitsIn(each) > 0 ? [`${each} ${unitsIn(each)} -> 0`] : [])),
  ];
  return changes.length > 0 ? `${sku} at ${location}: ${changes.join(', ')}` : undefined;
}
