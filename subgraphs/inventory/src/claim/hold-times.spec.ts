import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { holdEnd, latestHoldEnd } from './hold-times.ts';

describe('the end of a hold', () => {
  it('is the first tenth of a second that is late enough', () => {
    expect(holdEnd(1_000, 60, 1_801_000)).toBe(61_000);
    expect(holdEnd(1_001, 60, 1_801_000)).toBe(61_100);
  });

  it('is the last tenth of a second that is allowed, when that comes first', () => {
    expect(holdEnd(1_099, 60, latestHoldEnd(1_099, 60))).toBe(61_000);
  });

  it('is within a tenth of what was asked for, and never beyond the longest', () => {
    const seconds = fc.integer({ min: 1, max: 100_000 });
    fc.assert(
      fc.property(fc.nat(), seconds, seconds, (at, wished, longest) => {
        const end = holdEnd(at, wished, latestHoldEnd(at, longest));
        const asked = at + 1_000 * Math.min(wished, longest);
        expect(Math.abs(end - asked)).toBeLessThan(100);
        expect(end).toBeLessThanOrEqual(at + 1_000 * longest);
      }),
    );
  });

  it('is shared by the carts of a tenth of a second', () => {
    const ends = Array.from({ length: 10_000 }, (_, at) =>
      holdEnd(at, 900, latestHoldEnd(at, 1_800)),
    );
    expect(new Set(ends).size).toBe(101);
  });
});
