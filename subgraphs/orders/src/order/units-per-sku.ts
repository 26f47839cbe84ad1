import type { WantedLine } from '@holdfast/schema/events';
import type { Sku } from '@holdfast/schema/identifiers';
import { units } from '@holdfast/schema/quantities';

/** Summed per SKU, in the order in which each SKU first appears. */
export function unitsPerSku(lines: readonly WantedLine[]): readonly WantedLine[] {
  const sums = new Map<Sku, number>();
  for (const { sku, units: part } of lines) sums.set(sku, (sums.get(sku) ?? 0) + part);
  return [...sums].map(([sku, sum]) => ({ sku, units: units(sum) }));
}
