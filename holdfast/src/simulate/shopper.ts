/** A shopper: holds what is wanted, changes their mind, orders, pays or does not. */
import type { World } from '@holdfast/chassis/simulation/world';
import type { Client } from './client.ts';
import { drawWish, extend, type Hold, release, reserve } from './holding.ts';
import { order, orderDirectly, orderMuch } from './ordering.ts';
import type { Shop } from './shop.ts';

/** One visit, from the wish to whatever it ends in. */
export async function visit(
  world: World,
  client: Client,
  shop: Shop,
  name: string,
): Promise<unknown> {
  const { random } = world;
  if (random.chance(0.15)) return orderMuch(world, client, shop);
  if (random.chance(0.25)) return orderDirectly(world, client, shop);
  const hold = await reserve(client, name, drawWish(world, shop));
  return hold && afterHolding(world, client, shop, name, hold);
}

async function afterHolding(
  world: World,
  client: Client,
  shop: Shop,
  name: string,
  hold: Hold,
): Promise<unknown> {
  const { random } = world;
  const orderIt = ({ claim }: Hold) => order(world, client, { reservationId: claim });
  switch (random.between(1, 9)) {
    case 1:
      return release(client, name, hold);
    case 2:
      await extend(world, client, name, hold);
      await client.pause(random.between(0, 8_000));
      return random.chance(0.5) ? orderIt(hold) : release(client, name, hold);
    case 3:
    case 4:
      // So long that it has ended by itself.
      await client.pause(random.between(5_000, 30_000));
      return random.chance(0.8) ? orderIt(hold) : extend(world, client, name, hold);
    case 5: {
      const wish = { ...drawWish(world, shop), buyer: hold.wish.buyer };
      const again = await reserve(client, name, wish);
      return random.chance(0.6) && again ? orderIt(again) : orderIt(hold);
    }
    case 6:
      // Two tabs, one reservation.
      return Promise.all([orderIt(hold), orderIt(hold)]);
    default:
      await client.pause(random.between(0, 3_000));
      return orderIt(hold);
  }
}
