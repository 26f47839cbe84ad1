import { expect, it } from 'vitest';
import type { DocumentRow, Position } from '../read-model/read-model.ts';
import { scriptedClock } from '../scripted-clock.ts';
import { StoreAway } from '../store-failure.ts';
import { positionWriter } from './position-writer.ts';

it('tells no position at a stop without the rows that were not written before', async () => {
  const clock = scriptedClock();
  const row: DocumentRow = { collection: 'parked.policy', id: 'a', version: 1, body: '{}' };
  const at: Position = { consumer: 'policy', context: 'orders', lane: 0, version: 7, hash: 'h' };
  const written: (readonly [readonly DocumentRow[], readonly Position[]])[] = [];
  let isAway = true;
  const writer = positionWriter({
    ...{ clock, positions: () => [at] },
    readModel: {
      async write(documents, positions) {
        await new Promise<void>((resolve) => {
          clock.after(10, resolve);
        });
        if (isAway) throw new StoreAway();
        written.push([documents, positions]);
      },
    },
  });
  writer.put(row);
  await clock.settle();
  const stopped = writer.stop();
  await clock.advance(10);
  isAway = false;
  await clock.advance(10);
  await stopped;
  expect(written.filter(([rows]) => !rows.includes(row))).toEqual([]);
});
