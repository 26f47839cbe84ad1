import { expect, it } from 'vitest';
import { commitAfter } from '#test/commits.ts';
import { genesisHash, laneKey } from '../commit.ts';
import { laneWindows } from './lane-windows.ts';

const lane = { context: 'inventory', lane: 3 };
const commit = commitAfter({ version: 0, hash: genesisHash }, lane, {});

it('keeps of a commit where it stands, and not the commit', () => {
  const windows = laneWindows([lane]);
  windows.begin([]);
  windows.finish(commit);
  expect(windows.finished(lane)).toBe(1);
  expect(windows.all.get(laneKey(lane))?.finished()).toEqual({ version: 1, hash: commit.hash });
});
