import { describeWith } from '@holdfast/test-servers/describe-with';
import { MongoClient } from 'mongodb';
import { expect, it, vi } from 'vitest';

describeWith(['mongodb-process'], 'a look by id', ({ startMongo }) => {
  it('is no scan on the server of our tests either', async ({ skip }) => {
    const server = await startMongo();
    const client = new MongoClient(server.url);
    try {
      const { ferretdbVersion } = await client.db('admin').command({ buildInfo: 1 });
      if (ferretdbVersion === undefined) skip('only FerretDB makes an index that it does not use');
      const database = client.db('looks');
      const log = database.collection<{ _id: string }>('log');
      await log.insertOne({ _id: 'a' });
      const planned = async () => {
        // A connection notices an index that another one has made when it reads.
        await log.findOne({ _id: 'a' });
        const explain = { find: 'log', filter: { _id: 'a' } };
        return JSON.stringify((await database.command({ explain })).queryPlanner);
      };
      await vi.waitFor(async () => expect(await planned()).toMatch(/SEARCH .* USING INDEX/), 5_000);
    } finally {
      await client.close();
      await server.end();
    }
  });
});
