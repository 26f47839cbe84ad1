import { spoil } from '#test/spoil.ts';
import { temporaryStore } from '#test/temporary-store.ts';
import { readModelContract } from './read-model.contract.ts';
import { inMemoryReadModel } from './read-model.in-memory.ts';
import { sqliteReadModel } from './read-model.sqlite.ts';

readModelContract('in memory', async () => {
  const readModel = inMemoryReadModel();
  return { readModel, reopen: async () => readModel, close: async () => {}, spoilBody: undefined };
});

readModelContract('SQLite', async () => {
  const temporary = await temporaryStore();
  return {
    readModel: sqliteReadModel(temporary.store()),
    reopen: async () => sqliteReadModel(await temporary.reopen()),
    close: temporary.remove,
    spoilBody: (id) => spoil(temporary, `UPDATE documents SET body = '"spoilt"' WHERE id = ?`, id),
  };
});
