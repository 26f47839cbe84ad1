import { describeWith } from '@holdfast/test-servers/describe-with';
import { mongoTestStore } from '#test/mongo-test-store.ts';
import { readModelContract } from './read-model.contract.ts';
import { mongoReadModel } from './read-model.mongo.ts';

describeWith(['mongodb'], 'MongoDB', ({ mongodbUrl }) => {
  readModelContract('MongoDB', async () => {
    const mongo = await mongoTestStore(mongodbUrl());
    return {
      readModel: mongoReadModel(mongo.store(), 'inventory'),
      reopen: async () => mongoReadModel(await mongo.reopen(), 'inventory'),
      close: mongo.remove,
      async spoilBody(id) {
        const documents = mongo.store().collection<{ _id: string }>('inventory', 'documents');
        const { modifiedCount } = await documents.updateOne(
          { _id: `stock/${id}` },
          { $set: { body: '"spoilt"' } },
        );
        if (modifiedCount !== 1) throw new Error('nothing was spoilt');
      },
    };
  });
});
