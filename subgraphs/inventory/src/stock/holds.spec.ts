import { deepStrictEqual, ok } from 'node:assert/strict';
import fc from 'fast-check';
import { it } from 'vitest';
import {
  addHold,
  decodeHolds,
  encodeHolds,
  firstEnd,
  type Holds,
  heldUnits,
  noHolds,
  removeHold,
  undecidedEnd,
  undecidedUnits,
} from './holds.ts';

type Held = { readonly end: number; readonly units: number; readonly removed: boolean };

/** @param endMax more than a block has, so that there are several */
const heldUpTo = (endMax: number): fc.Arbitrary<readonly Held[]> =>
  fc.array(
    fc.record({
      end: fc.oneof(
        { arbitrary: fc.integer({ min: 0, max: endMax }), weight: 20 },
        { arbitrary: fc.constant(undecidedEnd), weight: 1 },
      ),
      units: fc.integer({ min: 1, max: 5 }),
      /** Whether it is given back again. */
      removed: fc.boolean(),
    }),
    { maxLength: 2 * endMax, size: 'max' },
  );

const plainUnits = (list: readonly Held[], counts: (end: number) => boolean): number =>
  list.reduce((sum, { end, units }) => (counts(end) ? sum + units : sum), 0);

function expectSame(holds: Holds, list: readonly Held[], endMax: number): void {
  const step = Math.ceil(endMax / 50);
  for (let now = -1; now <= endMax + step; now += step) {
    deepStrictEqual(
      heldUnits(holds, now),
      plainUnits(list, (end) => end > now),
    );
  }
  deepStrictEqual(
    undecidedUnits(holds),
    plainUnits(list, (end) => end === undecidedEnd),
  );
  const ends = [...new Set(list.map(({ end }) => end))].sort((a, b) => a - b);
  deepStrictEqual(
    holds.blocks.flatMap((block) => block.ends),
    ends,
  );
  deepStrictEqual(firstEnd(holds), ends[0]);
  ok(holds.blocks.every((block) => block.ends.length > 0 && block.ends.length <= 512));
}

it('an end counts no more at its own moment', () => {
  const holds = noHolds();
  addHold(holds, 10, 3);
  deepStrictEqual([heldUnits(holds, 9), heldUnits(holds, 10)], [3, 0]);
});

it.each([12, 2_000])(
  'counts what has not ended, as a plain list of holds would, with %i ends',
  (endMax) => {
    const numRuns = endMax > 1_000 ? 20 : 200;
    fc.assert(
      fc.property(heldUpTo(endMax), fc.nat(), (list, at) => {
        const holds: Holds = noHolds();
        for (const { end, units } of list) addHold(holds, end, units);
        expectSame(holds, list, endMax);
        expectSame(decodeHolds(encodeHolds(holds)), list, endMax);
        const removed = list.filter(({ removed }) => removed);
        // In another order than they came.
        for (const { end, units } of removed.toSorted((a, b) => a.units - b.units || at - b.end)) {
          removeHold(holds, end, units);
        }
        const kept = list.filter(({ removed }) => !removed);
        expectSame(holds, kept, endMax);
        // What was written down before has changed since.
        expectSame(decodeHolds(encodeHolds(holds)), kept, endMax);
      }),
      { numRuns },
    );
  },
);

it('those that begin in turn fill their blocks, and only the last one is written out anew', () => {
  const holds = noHolds();
  for (let end = 1; end <= 2_000; end += 1) addHold(holds, end, 1);
  deepStrictEqual(
    holds.blocks.map(({ ends }) => ends.length),
    [512, 512, 512, 464],
  );
  const before = encodeHolds(holds);
  addHold(holds, 2_003, 7);
  deepStrictEqual(encodeHolds(holds), [...before.slice(0, 3), `${before[3]},3,7`]);
});
