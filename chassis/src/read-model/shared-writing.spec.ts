import { expect, it } from 'vitest';
import { type LaneId, laneKey } from '../commit.ts';
import { type SharedWriting, sharedWriting } from './shared-writing.ts';

const lane: LaneId = { context: 'orders', lane: 3 };

/** Processes that have come to the same version of a lane; what each writes is kept. */
function processes(count: number) {
  const kept = { upTo: 0 };
  const all = Array.from({ length: count }, () => ({
    writing: sharedWriting(async () => kept.upTo),
    unwritten: [] as { readonly lane: string; readonly version: number }[],
  }));
  const look = (writing: SharedWriting, documents: (typeof all)[0]['unwritten'], may = true) => {
    const version = Math.max(0, ...documents.map((each) => each.version));
    return writing.divide(documents, [{ consumer: 'facts', ...lane, version, hash: '' }], may);
  };
  return {
    made(version: number) {
      for (const { unwritten } of all) unwritten.push({ lane: laneKey(lane), version });
    },
    /** @returns the versions that it wrote */
    async turn(at: number, mayLeave = true): Promise<readonly number[]> {
      const process = all[at];
      if (!process) return [];
      const { documents, positions, left } = await look(
        process.writing,
        process.unwritten,
        mayLeave,
      );
      process.unwritten = [...left.documents];
      kept.upTo = Math.max(kept.upTo, ...positions.map(({ version }) => version));
      return documents.map(({ version }) => version);
    },
    unwritten: (at: number) => all[at]?.unwritten.map(({ version }) => version),
  };
}

it('has one process write, and the other keep what that one has not come to', async () => {
  const { made, turn, unwritten } = processes(2);
  made(1);
  expect([await turn(0), await turn(1)]).toEqual([[1], []]);
  made(2);
  expect(await turn(0)).toEqual([2]);
  made(3);
  expect([await turn(1), unwritten(1)]).toEqual([[], [3]]);
});

it('goes on with what is left when the one that wrote does so no more', async () => {
  const { made, turn } = processes(2);
  made(1);
  await turn(0);
  await turn(1);
  made(2);
  await turn(0);
  made(3);
  // The one that wrote may be about to, with as much to write as there is.
  for (let looks = 0; looks < 4; looks += 1) expect(await turn(1)).toEqual([]);
  expect([await turn(1), await turn(1)]).toEqual([[3], []]);
});

it('has one of two who began at the same moment stand back', async () => {
  const { made, turn } = processes(2);
  made(1);
  const both = [turn(0), turn(1)];
  expect(await Promise.all(both)).toEqual([[1], [1]]);
  made(2);
  expect(await turn(0)).toEqual([2]);
  made(3);
  expect(await turn(1)).toEqual([]);
});

it('leaves nothing where that would be too much', async () => {
  const { made, turn } = processes(2);
  made(1);
  await turn(1);
  made(2);
  await turn(0);
  made(3);
  expect(await turn(1, false)).toEqual([3]);
});
