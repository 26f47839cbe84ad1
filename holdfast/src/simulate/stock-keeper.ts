/** Who keeps the stock: receives, adjusts, counts and moves it, and looks what is available. */
import type { World } from '@holdfast/chassis/simulation/world';
import { stockConditions, units } from '@holdfast/schema/quantities';
import type { Client, InventoryCommand } from './client.ts';
import type { Shop } from './shop.ts';

const keeper = 'stock keeper';
const thinkMsMax = 9_000;

export async function keepStock(world: World, client: Client, shop: Shop, times: number) {
  const { random } = world;
  for (let count = 0; count < times; count += 1) {
    await client.pause(random.between(10, thinkMsMax));
    const command = drawCommand(world, shop);
    await client.inventory(keeper, () => command);
  }
}

function drawCommand(world: World, shop: Shop): InventoryCommand {
  const { random } = world;
  const sku = random.pick(shop.skus);
  const location = random.pick(shop.locations);
  const condition = random.pick([...stockConditions.slice(0, 4), 'SELLABLE', 'SELLABLE'] as const);
  const reason = 'as it was found';
  switch (random.between(1, 6)) {
    case 1:
      return {
        ...{ type: 'AdjustStock', sku, location, condition, reason },
        deltaUnits: random.pick([-3, -2, -1, 1, 2]),
      };
    case 2:
    case 3:
      return {
        ...{ type: 'CountStock', sku, location, condition: 'SELLABLE', reason },
        units: units(random.between(0, 8)),
        compareUnits: random.chance(0.1) ? random.between(0, 4) : undefined,
        // What happened after the counting began is not part of what was counted.
        includesUpTo: random.chance(0.7) ? wallClock(world) - random.between(0, 30_000) : undefined,
      };
    case 4: {
      const [from, to] = random.chance(0.5)
        ? (['SELLABLE', 'DAMAGED'] as const)
        : (['QUALITY_INSPECTION', 'SELLABLE'] as const);
      return {
        ...{ type: 'MoveStock', sku, location, from, to, reason },
        units: units(random.between(1, 2)),
      };
    }
    default:
      return {
        ...{ type: 'ReceiveStock', sku, location, condition: 'SELLABLE', supply: undefined },
        ...{ units: units(random.between(1, 5)), reference: 'a delivery' },
      };
  }
}

/** What the keeper's own clock says: right, whatever the machines think. */
const wallClock = (world: World): number => Date.UTC(2026, 5, 1) + world.now();
