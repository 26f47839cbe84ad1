import { cpSync, readdirSync, rmSync } from 'node:fs';
import os from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TemporaryStore, temporaryStore } from '#test/temporary-store.ts';
import { put, tillLane } from '#test/till.ts';
import { sqliteEventLog } from '../log/event-log.sqlite.ts';
import { sqliteLaneRows } from '../rows/lane-rows.sqlite.ts';
import { scriptedClock } from '../scripted-clock.ts';
import { StoreFailure } from '../store-failure.ts';
import { openSqliteStore, type SqliteStore } from './sqlite-store.ts';

describe('the rows of a SQLite store', () => {
  let first: TemporaryStore;
  let second: TemporaryStore;

  beforeEach(async () => {
    first = await temporaryStore();
    second = await temporaryStore();
  });
  afterEach(async () => {
    await first.remove();
    await second.remove();
  });

  const openLane = async (store: SqliteStore) => {
    const onFailure = (failure: unknown) => {
      throw failure;
    };
    const [log, rows] = [sqliteEventLog(store), sqliteLaneRows(store)];
    const lane = tillLane({ log, rows, clock: scriptedClock(), onFailure });
    await lane.start();
    return { lane, rows };
  };

  it('are not made again when their file is gone: followers would begin anew', async () => {
    const before = await openLane(first.store());
    await before.lane.handle(put('A', 5, 'k1'), () => undefined);
    await before.lane.stop();
    await first.close();
    for (const end of ['', '-wal', '-shm']) {
      rmSync(join(first.folder, `rows.db${end}`), { force: true });
    }
    await expect(first.reopen()).rejects.toThrow(/rows\.db .* is missing; put back the one/);
  });

  it('of another store are refused, and the sentence names the fix', async () => {
    await first.close();
    await second.close();
    rmSync(join(first.folder, 'holdfast.db'));
    cpSync(join(second.folder, 'holdfast.db'), join(first.folder, 'holdfast.db'));
    const opened = openSqliteStore({ folder: first.folder, onFailure: () => {} });
    await expect(opened).rejects.toThrow(StoreFailure);
    await expect(openSqliteStore({ folder: first.folder, onFailure: () => {} })).rejects.toThrow(
      /rows\.db .* belongs to another store; put back the one/,
    );
  });
});

describe('a SQLite store', () => {
  it.each([
    ['its log', (store: SqliteStore) => store.write, 'meta (key, value) VALUES ', ['a', 'b']],
    ['its rows', (store: SqliteStore) => store.rows.writeLater, 'made_from VALUES ', [2, 'b']],
  ] as const)(
    'hears within one turn of the event loop that something is in %s',
    async (_, writeOf, into, values) => {
      const temporary = await temporaryStore();
      const store = temporary.store();
      let settled = false;
      const insert = { head: `INSERT INTO ${into}`, tail: '', width: 2, values };
      const writing = writeOf(store)([insert]).finally(() => {
        settled = true;
      });
      const until = performance.now() + 5_000;
      while (!settled && performance.now() < until) {
        store.hear();
        await Promise.resolve();
      }
      const isHeard = settled;
      await writing;
      await temporary.remove();
      expect(isHeard).toBe(true);
    },
  );

  const own = os.getPriority();
  const isGraded =
    process.platform === 'linux' && own < os.constants.priority.PRIORITY_BELOW_NORMAL;

  it.runIf(isGraded)('writes its rows with less of a processor', async () => {
    const patientThreads = () =>
      readdirSync('/proc/self/task').filter((thread) => os.getPriority(Number(thread)) > own);
    const before = patientThreads();
    const temporary = await temporaryStore();
    const since = patientThreads().filter((thread) => !before.includes(thread));
    await temporary.remove();
    expect(since).toHaveLength(1);
  });
});
