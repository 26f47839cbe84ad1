import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { spoil } from '#test/spoil.ts';
import { temporaryStore } from '#test/temporary-store.ts';
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

const appender = fileURLToPath(new URL('../../test/append-until-killed.ts', import.meta.url));

eventLogContract('SQLite', async () => {
  const temporary = await temporaryStore();
  return {
    log: sqliteEventLog(temporary.store()),
    another: () => sqliteEventLog(temporary.store()),
    reopen: async () => sqliteEventLog(await temporary.reopen()),
    close: temporary.remove,
    // '1' and '3' differ in one bit.
    flipBit: ({ context, lane }, version) =>
      spoil(
        temporary,
        `UPDATE log SET body = replace(body, '"units":1', '"units":3')
          WHERE context = ? AND lane = ? AND version = ?`,
        ...[context, lane, version],
      ),
    async appendElsewhere() {
      await temporary.close();
      return spawn(process.execPath, [appender, temporary.folder], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
    },
  };
});
