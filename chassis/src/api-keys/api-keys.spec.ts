import { describeWith } from '@holdfast/test-servers/describe-with';
import { expect, it } from 'vitest';
import { mongoTestStore } from '#test/mongo-test-store.ts';
import { StoreCorrupt } from '../log/event-log.ts';
import { apiKeysContract } from './api-keys.contract.ts';
import { inMemoryApiKeys } from './api-keys.in-memory.ts';
import { mongoApiKeys } from './api-keys.mongo.ts';

apiKeysContract('in memory', async () => {
  const keys = inMemoryApiKeys();
  return { keys, reopen: async () => keys, close: async () => {} };
});

describeWith(['mongodb'], 'MongoDB', ({ mongodbUrl }) => {
  apiKeysContract('MongoDB', async () => {
    const mongo = await mongoTestStore(mongodbUrl());
    return {
      keys: mongoApiKeys(mongo.store()),
      reopen: async () => mongoApiKeys(await mongo.reopen()),
      close: mongo.remove,
    };
  });

  it('gives no rights that nobody knows', async () => {
    const mongo = await mongoTestStore(mongodbUrl());
    const keys = mongoApiKeys(mongo.store());
    const caller = { role: 'root', id: 'x', scopes: [] };
    await keys.create({ hash: 'h', caller: caller as never, createdAt: 1 });
    await expect(keys.lookup('h')).rejects.toThrow(StoreCorrupt);
    await mongo.remove();
  });
});
