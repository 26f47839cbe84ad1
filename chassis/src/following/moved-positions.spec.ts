import { expect, it } from 'vitest';
import { laneKey } from '../commit.ts';
import { movedPositions } from './moved-positions.ts';

const lanes = [0, 1].map((lane) => ({ context: 'orders', lane }));

it('are told once each, also one that goes back', () => {
  let versions = [1, 1];
  const windows = new Map(
    lanes.map((lane) => {
      const finished = () => ({ version: versions[lane.lane] ?? 0, hash: 'h' });
      return [laneKey(lane), { finished }];
    }),
  );
  const positions = movedPositions('policy', lanes, windows);
  const moved = () => positions().map(({ lane, version }) => [lane, version]);
  expect(moved()).toEqual([
    [0, 1],
    [1, 1],
  ]);
  expect(moved()).toEqual([]);
  versions = [2, 1];
  expect(moved()).toEqual([[0, 2]]);
  versions = [1, 1];
  expect(moved()).toEqual([[0, 1]]);
});
