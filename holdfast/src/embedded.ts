/** The whole system in one process, on one SQLite file, without its gateway. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { inProcessBus } from '@holdfast/chassis/bus/bus.in-process';
import { systemClock } from '@holdfast/chassis/clock';
import { sqliteEventLog } from '@holdfast/chassis/log/event-log.sqlite';
import { sqlitePersonalKeys } from '@holdfast/chassis/personal/personal-keys.sqlite';
import { sqliteReadModel } from '@holdfast/chassis/read-model/read-model.sqlite';
import { sqliteLaneRows } from '@holdfast/chassis/rows/lane-rows.sqlite';
import { openSqliteStore, type SqliteStore } from '@holdfast/chassis/sqlite/sqlite-store';
import { createInventory, type Inventory } from '@holdfast/inventory/app';
import { createOrders, type Orders } from '@holdfast/orders/app';
import { checkHeads, noteHeads } from './heads-file.ts';
import { type EmbeddedSettings, inMemory } from './settings.ts';
import { identityOf } from './store-identity.ts';
import { createWatch, type Watch } from './watching/watch.ts';

export const lanes = [
  { context: 'inventory', lane: 0 },
  { context: 'orders', lane: 0 },
] as const;

export type Embedded = {
  readonly folder: string;
  readonly store: SqliteStore;
  readonly inventory: Inventory;
  readonly orders: Orders;
  /** True when nothing had ever been written. */
  readonly isNew: boolean;
  close(): Promise<void>;
};

const folderOf = (data: string): string =>
  data === inMemory ? mkdtempSync(join(tmpdir(), 'holdfast-')) : resolve(data);

/**
 * @param onFailure called when the system can no longer keep what it acknowledges; it must end then
 * @throws StoreFailure, StoreCorrupt
 */
export async function openEmbedded(
  settings: Pick<EmbeddedSettings, 'data' | 'storefrontCap'>,
  onFailure: (failure: unknown) => void,
  watch: Watch = createWatch(),
): Promise<Embedded> {
  const folder = folderOf(settings.data);
  const clock = systemClock();
  const store = await openSqliteStore({ folder, onFailure });
  const log = watch.log(sqliteEventLog(store));
  const isNew = (await log.head(lanes[0])).version === 0;
  await checkHeads(folder, log, lanes);
  const { epoch, secret } = await identityOf(store);
  const parts = {
    ...{ log, clock, epoch, secret, onFailure, tracing: watch.tracing },
    rows: sqliteLaneRows(store),
    bus: watch.bus(inProcessBus({ clock })),
    readModel: sqliteReadModel(store),
    storefrontCap: settings.storefrontCap,
  };
  const inventory = createInventory(parts);
  const orders = createOrders({ ...parts, laneCount: 1, personalKeys: sqlitePersonalKeys(store) });
  watch.context(inventory.figures);
  watch.context(orders.figures);
  await inventory.start();
  await orders.start();
  const noteLastHeads = noteHeads(folder, log, lanes, clock);

  return {
    ...{ folder, store, inventory, orders, isNew },
    async close() {
      await orders.stop();
      await inventory.stop();
      await noteLastHeads();
      await store.close();
      if (settings.data === inMemory) rmSync(folder, { recursive: true, force: true });
    },
  };
}
