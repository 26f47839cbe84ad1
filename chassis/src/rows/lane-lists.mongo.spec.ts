import { describeWith } from '@holdfast/test-servers/describe-with';
import { expect, it } from 'vitest';
import { clockAt } from '#test/clock-at.ts';
import { mongoTestStore } from '#test/mongo-test-store.ts';
import { listsByScan } from './lane-lists.mongo.ts';
import { mongoLaneRows } from './lane-rows.mongo.ts';

const rowsMax = 3;

describeWith(['mongodb'], 'lists of scanned rows', ({ mongodbUrl }) => {
  it('leave nothing out of a lane where a scan does not come to its end', async () => {
    const mongo = await mongoTestStore(mongodbUrl());
    try {
      const store = mongo.store();
      const clock = clockAt(() => 0);
      const rows = mongoLaneRows(store, clock);
      for (const lane of [0, 1]) {
        const ids = ['a', 'b', 'c'];
        await rows.write(
          { context: 'inventory', lane },
          {
            streams: ids.map((stream, at) => ({ stream, version: 1, state: '{}', due: at + lane })),
            outcomes: ids.map((id) => ({
              ...{ id, version: 1, input: '', outcome: { accepted: null }, keepUntil: 9 },
            })),
            checkpoint: 1,
          },
        );
      }
      const { due, outcomeIds, streamNames } = listsByScan(
        store.collection('inventory', 'streams'),
        store.collection('inventory', 'outcomes'),
        { clock, rowsMax },
      );
      expect(await outcomeIds(1, '', 10)).toEqual(['a', 'b', 'c']);
      expect(await streamNames(1, '', 'a', 10)).toEqual(['b', 'c']);
      expect((await due(1, 10, 10)).map(({ stream }) => stream)).toEqual(['a', 'b', 'c']);
    } finally {
      await mongo.remove();
    }
  });
});
