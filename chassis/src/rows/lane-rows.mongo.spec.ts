import { describeWith } from '@holdfast/test-servers/describe-with';
import { clockAt } from '#test/clock-at.ts';
import { mongoTestStore } from '#test/mongo-test-store.ts';
import { laneRowsContract } from './lane-rows.contract.ts';
import { mongoLaneRows } from './lane-rows.mongo.ts';

const clock = clockAt(() => 1_000);

describeWith(['mongodb'], 'MongoDB', ({ mongodbUrl }) => {
  laneRowsContract('MongoDB', async () => {
    const mongo = await mongoTestStore(mongodbUrl());
    return {
      rows: mongoLaneRows(mongo.store(), clock),
      reopen: async () => mongoLaneRows(await mongo.reopen(), clock),
      close: mongo.remove,
      async spoilState(stream) {
        const streams = mongo.store().collection<{ _id: string }>('inventory', 'streams');
        const state = '{"name":"spoilt"}';
        const { modifiedCount } = await streams.updateOne(
          { _id: `00#${stream}` },
          { $set: { state } },
        );
        if (modifiedCount !== 1) throw new Error('nothing was spoilt');
      },
    };
  });
});
