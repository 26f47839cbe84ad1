import fc from 'fast-check';
import { expect, it } from 'vitest';
import { binaryHeap } from './binary-heap.ts';

it('a heap gives its smallest first, whatever comes in between', () =>
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer())), (steps) => {
      const heap = binaryHeap<number>((a, b) => a - b);
      let model: number[] = [];
      for (const step of steps) {
        if (step !== null) {
          heap.push(step);
          model = [...model, step].sort((a, b) => a - b);
        } else expect(heap.pop()).toBe(model.shift());
        expect(heap.peek()).toBe(model[0]);
        expect(heap.size).toBe(model.length);
      }
      heap.clear();
      expect([heap.size, heap.pop(), heap.peek()]).toEqual([0, undefined, undefined]);
    }),
  ));
