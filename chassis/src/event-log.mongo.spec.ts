import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describeWith } from '@holdfast/test-servers/describe-with';
import { mongoTestStore } from '../test/mongo-test-store.ts';
import { eventLogContract } from './event-log.contract.ts';
import { mongoEventLog } from './event-log.mongo.ts';
import { commitKey, type StoredCommit } from './stored-commit.mongo.ts';

const appender = fileURLToPath(new URL('../test/append-until-killed.mongo.ts', import.meta.url));

describeWith(['mongodb'], 'MongoDB', ({ mongodbUrl }) => {
  eventLogContract('MongoDB', async () => {
    const mongo = await mongoTestStore(mongodbUrl());
    const others = await Promise.all([1, 2, 3].map(() => mongo.another()));
    let next = 0;
    return {
      log: mongoEventLog(mongo.store()),
      another() {
        next += 1;
        return mongoEventLog(others[next % others.length]!);
      },
      reopen: async () => mongoEventLog(await mongo.reopen()),
      close: mongo.remove,
      async flipBit({ context, lane }, version) {
        const log = mongo.store().collection<StoredCommit>(context, 'log');
        const _id = commitKey(lane, version);
        const body = (await log.findOne({ _id }))?.body ?? '';
        // '1' and '3' differ in one bit.
        const spoilt = body.replace('"units":1', '"units":3');
        const { modifiedCount } = await log.updateOne({ _id }, { $set: { body: spoilt } });
        if (modifiedCount !== 1) throw new Error('nothing was spoilt');
      },
      async appendElsewhere() {
        await mongo.close();
        return spawn(process.execPath, [appender, mongodbUrl(), mongo.prefix], {
          stdio: ['ignore', 'pipe', 'inherit'],
        });
      },
    };
  });
});
