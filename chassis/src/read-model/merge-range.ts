/** One page of a collection, from rows and from newer documents that are not yet rows. */
import type { Range } from './read-model.ts';

export type Listed<Doc> = { readonly id: string; readonly document: Doc };
type Newer<Doc> = { readonly id: string; readonly document: Doc | undefined };

// Stores order ids by their bytes in UTF-8, JavaScript by 16-bit units; surrogates stand for the
// highest characters.
const rank = (unit: number) =>
  unit < 0xd800 ? unit : unit >= 0xe000 ? unit - 0x800 : unit + 0x2000;

export function compareIds(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let at = 0; at < length; at += 1) {
    const difference = rank(a.charCodeAt(at)) - rank(b.charCodeAt(at));
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

export function inRange(id: string, { prefix, after, direction }: Range): boolean {
  if (!id.startsWith(prefix)) return false;
  if (after === undefined) return true;
  return direction === 'up' ? compareIds(id, after) > 0 : compareIds(id, after) < 0;
}

/** The first of those that are in a range, the lowest first. */
export function idsUp(ids: readonly string[], range: Omit<Range, 'direction'>): readonly string[] {
  const up = { ...range, direction: 'up' } as const;
  const found = ids.filter((id) => inRange(id, up));
  return found.sort(compareIds).slice(0, range.limit);
}

/**
 * @param rows in the range's order, as many more than its limit as there are newer ones
 * @param newer all in the range
 */
export function mergeRange<Doc>(
  range: Range,
  rows: readonly Listed<Doc>[],
  newer: readonly Newer<Doc>[],
): readonly Listed<Doc>[] {
  if (newer.length === 0) return rows.slice(0, range.limit);
  const replaced = new Set(newer.map(({ id }) => id));
  const merged = rows.filter(({ id }) => !replaced.has(id));
  for (const { id, document } of newer) {
    if (document !== undefined) merged.push({ id, document });
  }
  const sign = range.direction === 'up' ? 1 : -1;
  return merged.sort((a, b) => sign * compareIds(a.id, b.id)).slice(0, range.limit);
}
