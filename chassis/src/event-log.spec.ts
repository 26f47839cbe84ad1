import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { fileURLToPath } from 'node:url';
import { temporaryStore } from '../test/temporary-store.ts';
import { eventLogContract } from './event-log.contract.ts';
import { inMemoryEventLog } from './event-log.in-memory.ts';
import { sqliteEventLog } from './event-log.sqlite.ts';

eventLogContract('in memory', async () => {
  const log = inMemoryEventLog();
  return {
    log,
    another: () => log,
    reopen: async () => log,
    close: async () => {},
    flipBit: undefined,
    appendElsewhere: undefined,
  };
});

const appender = fileURLToPath(new URL('../test/append-until-killed.ts', import.meta.url));

eventLogContract('SQLite', async () => {
  const temporary = await temporaryStore();
  return {
    log: sqliteEventLog(temporary.store()),
    another: () => sqliteEventLog(temporary.store()),
    reopen: async () => sqliteEventLog(await temporary.reopen()),
    close: temporary.remove,
    async flipBit({ context, lane }, version) {
      await temporary.close();
      const database = new DatabaseSync(join(temporary.folder, 'holdfast.db'));
      const where = 'context = ? AND lane = ? AND version = ?';
      const row = database.prepare(`SELECT body FROM log WHERE ${where}`).get(context, lane, version);
      const body = String(row?.body).replace(/"units":1/, '"units":3');
      database
        .prepare(`UPDATE log SET body = ? WHERE ${where}`)
        .run(body, context, lane, version);
      database.close();
    },
    async appendElsewhere() {
      await temporary.close();
      return spawn(process.execPath, [appender, temporary.folder], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
    },
  };
});
