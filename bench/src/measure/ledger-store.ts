/** Inventory on a store, and SKUs for it. */
import { inProcessBus } from '@holdfast/chassis/bus/bus.in-process';
import { systemClock } from '@holdfast/chassis/clock';
import { sqliteEventLog } from '@holdfast/chassis/log/event-log.sqlite';
import { sqliteReadModel } from '@holdfast/chassis/read-model/read-model.sqlite';
import { sqliteLaneRows } from '@holdfast/chassis/rows/lane-rows.sqlite';
import { openSqliteStore, type SqliteStore } from '@holdfast/chassis/sqlite/sqlite-store';
import { createInventory, type Inventory } from '@holdfast/inventory/app';
import { defaultClass, parseLocationCode, parseSku, type Sku } from '@holdfast/schema/identifiers';
import { units } from '@holdfast/schema/quantities';

export const locationCode = 'bench-warehouse';
/** Of each SKU: more than any run reserves. */
export const unitsOfEach = 500_000_000;

export function skuAt(at: number): Sku {
  const sku = parseSku(`bench-${at}`);
  if (sku === undefined) throw new Error('no SKU');
  return sku;
}

const commandsAtOnce = 500;
const by = { by: 'bench', actor: 'operator' };

/** Items and counts through the ledger, as an import makes them. */
export async function populate(inventory: Inventory, from: number, to: number): Promise<void> {
  const location = parseLocationCode(locationCode);
  if (location === undefined) throw new Error('no location');
  await inventory.command(
    { type: 'PutLocation', newId: 'loc_bench', code: location, name: 'Bench', timeZone: 'UTC' },
    { type: 'PutLocation', ...by },
  );
  const addSku = async (sku: Sku) => {
    const item = {
      type: 'PutItem',
      sku,
      name: `Bench ${sku}`,
      productClass: defaultClass,
    } as const;
    await inventory.command(item, { type: item.type, ...by });
    const count = { type: 'CountStock', sku, location, condition: 'SELLABLE' } as const;
    const counted = { ...count, units: units(unitsOfEach), reason: 'bench' };
    const since = { compareUnits: undefined, includesUpTo: undefined };
    await inventory.command({ ...counted, ...since }, { type: count.type, ...by });
  };
  for (let at = from; at < to; at += commandsAtOnce) {
    const length = Math.min(commandsAtOnce, to - at);
    await Promise.all(Array.from({ length }, (_, next) => addSku(skuAt(at + next))));
  }
}

/** The wired inventory on a store, not yet started. */
export async function openInventory(
  folder: string,
): Promise<{ readonly inventory: Inventory; readonly store: SqliteStore }> {
  const clock = systemClock();
  const onFailure = (failure: unknown) => {
    throw failure;
  };
  const store = await openSqliteStore({ folder, onFailure });
  const inventory = createInventory({
    ...{ clock, onFailure, secret: 'bench', epoch: 'bench' },
    log: sqliteEventLog(store),
    rows: sqliteLaneRows(store),
    bus: inProcessBus({ clock }),
    readModel: sqliteReadModel(store),
    storefrontCap: Number.POSITIVE_INFINITY,
  });
  return { inventory, store };
}
