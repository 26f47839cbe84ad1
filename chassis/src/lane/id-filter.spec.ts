import { describe, expect, it } from 'vitest';
import { idFilter } from './id-filter.ts';

const ids = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, at) => `storefront\nReserveStock\n${prefix}-${at}`);

describe('a filter of ids', () => {
  it('never denies what it was told', () => {
    const filter = idFilter(2 ** 12);
    const known = ids('known', 2_000);
    for (const id of known) filter.add(id);
    expect(known.filter((id) => !filter.maybe(id))).toEqual([]);
  });

  it('knows nothing at first', () => {
    const filter = idFilter(2 ** 12);
    expect(ids('new', 100).filter((id) => filter.maybe(id))).toEqual([]);
  });

  it('seldom suspects what is new: below 4 % at 8 bits for each id', () => {
    const filter = idFilter(2 ** 16);
    for (const id of ids('known', 2 ** 13)) filter.add(id);
    const suspected = ids('new', 10_000).filter((id) => filter.maybe(id));
    expect(suspected.length).toBeLessThan(400);
  });
});
