import { resolve } from 'node:path';
import { sqliteEventLog } from '@holdfast/chassis/log/event-log.sqlite';
import { keepSqliteKeys } from '@holdfast/chassis/personal/personal-keys.sqlite';
import { sqliteReadModel } from '@holdfast/chassis/read-model/read-model.sqlite';
import { importEnded, importing } from '@holdfast/chassis/sqlite/sqlite-schema';
import { openSqliteStore } from '@holdfast/chassis/sqlite/sqlite-store';
import { Refused } from '../refused.ts';
import { type ImportTarget, keysOf } from './import-target.ts';

const putMeta = {
  head: 'INSERT INTO meta (key, value) VALUES ',
  tail: ' ON CONFLICT (key) DO UPDATE SET value = excluded.value',
  width: 2,
};

/** @param laneCount 1 for the embedded system; tests have more */
export async function sqliteTarget(data: string, laneCount = 1): Promise<ImportTarget> {
  const folder = resolve(data);
  const store = await openSqliteStore({ folder, onFailure: () => {} });
  const log = sqliteEventLog(store);
  const readModel = sqliteReadModel(store);
  const notEmpty = () =>
    new Refused(`The store in ${folder} is not empty; set HOLDFAST_DATA to a new folder.`);
  return {
    shown: folder,
    laneCount,
    async begin(secret) {
      if (store.one('SELECT 1 FROM log LIMIT 1')) throw notEmpty();
      const values = [...importing, ...(secret === undefined ? [] : ['secret', secret])];
      await store.write([{ ...putMeta, values }]);
    },
    async append(commit) {
      if ((await log.append(commit)) === 'taken') throw notEmpty();
    },
    keepPersonalKeys: (keys) => keepSqliteKeys(store, keysOf(keys)),
    keepPositions: (_, positions) => readModel.write([], positions),
    // An embedded system shows its keys to whoever has its folder; a hash cannot be shown.
    keepCallers: async () => {},
    async finish() {
      await store.write([{ ...putMeta, values: [...importEnded] }]);
    },
    close: store.close,
  };
}
