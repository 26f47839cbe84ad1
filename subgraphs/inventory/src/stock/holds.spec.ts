import { deepStrictEqual } from 'node:assert/strict';
import fc from 'fast-check';
import { it } from 'vitest';
import { addHold, type Holds, heldUnits, noHolds, removeHold } from './holds.ts';

const endMax = 12;
const held = fc.record({
  end: fc.integer({ min: 0, max: endMax }),
  units: fc.integer({ min: 1, max: 5 }),
  /** Whether it is given back again. */
  removed: fc.boolean(),
});

it('an end counts no more at its own moment', () => {
  const holds = noHolds();
  addHold(holds, 10, 3);
  deepStrictEqual([heldUnits(holds, 9), heldUnits(holds, 10)], [3, 0]);
});

it('counts what has not ended, as a plain list of holds would', () => {
  fc.assert(
    fc.property(fc.array(held, { maxLength: 20 }), fc.nat(), (list, at) => {
      const holds: Holds = noHolds();
      for (const { end, units } of list) addHold(holds, end, units);
      const removed = list.filter(({ removed }) => removed);
      // In another order than they came.
      for (const { end, units } of removed.toSorted((a, b) => a.units - b.units || at - b.end)) {
        removeHold(holds, end, units);
      }
      const kept = list.filter(({ removed }) => !removed);
      for (let now = -1; now <= endMax + 1; now += 1) {
        const naive = kept.reduce((sum, { end, units }) => (end > now ? sum + units : sum), 0);
        deepStrictEqual(heldUnits(holds, now), naive);
      }
      const ends = [...new Set(kept.map(({ end }) => end))].sort((a, b) => a - b);
      deepStrictEqual(holds.ends, ends);
    }),
  );
});
