import { expect, it } from 'vitest';
import { keptWishes } from './kept-wishes.ts';

it('takes who is due by the newest wish, the soonest first, however often one changed', () => {
  const wishes = keptWishes();
  for (let due = 1; due <= 5_000; due += 1) wishes.set('changed', due);
  wishes.set('late', 6_000);
  wishes.set('early', 4_000);
  wishes.set('gone', 4_500);
  wishes.delete('gone');
  expect(wishes.size).toBe(3);
  expect(wishes.take(3_999, 10, 9_000)).toEqual([]);
  expect(wishes.take(7_000, 2, 9_000)).toEqual(['early', 'changed']);
  expect(wishes.take(7_000, 2, 9_000)).toEqual(['late']);
  expect(wishes.get('early')).toBe(9_000);
  expect(wishes.soonest()).toBe(9_000);
});
