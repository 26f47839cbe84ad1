/** Inventory counts per SKU, an order per line: units of a SKU serve its lines in their order. */
import type { Sku } from '@holdfast/schema/identifiers';
import type { LineUnits } from './events.ts';
import type { OrderLine } from './order.ts';

export function sumsPerSku(
  parts: readonly { readonly sku: Sku; readonly units: number }[],
): Map<Sku, number> {
  const sums = new Map<Sku, number>();
  for (const { sku, units } of parts) sums.set(sku, (sums.get(sku) ?? 0) + units);
  return sums;
}

/**
 * @param left units of each SKU; what is served is taken from it
 * @param wanted units that a line could take
 * @returns one part for each line, also when nothing was left for it
 */
export function spread(
  lines: readonly OrderLine[],
  left: Map<Sku, number>,
  wanted: (line: OrderLine) => number,
): readonly LineUnits[] {
  return lines.map((line) => {
    const there = left.get(line.sku) ?? 0;
    const units = Math.min(there, wanted(line));
    left.set(line.sku, there - units);
    return { line: line.line, units };
  });
}
