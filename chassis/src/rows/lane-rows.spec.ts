import { spoil } from '#test/spoil.ts';
import { temporaryStore } from '#test/temporary-store.ts';
import { laneRowsContract } from './lane-rows.contract.ts';
import { inMemoryLaneRows } from './lane-rows.in-memory.ts';
import { sqliteLaneRows } from './lane-rows.sqlite.ts';

laneRowsContract('in memory', async () => {
  const rows = inMemoryLaneRows();
  return { rows, reopen: async () => rows, close: async () => {}, spoilState: undefined };
});

laneRowsContract('SQLite', async () => {
  const temporary = await temporaryStore();
  return {
    rows: sqliteLaneRows(temporary.store()),
    reopen: async () => sqliteLaneRows(await temporary.reopen()),
    close: temporary.remove,
    spoilState: (stream) =>
      spoil(temporary, `UPDATE streams SET state = '{"name":"spoilt"}' WHERE stream = ?`, stream),
  };
});
