/**
 * After a cold start from the stores: what they kept must be all there is. Every request is made
 * once more under its key, every figure is looked at, and of everything more is asked for than
 * there can be: the refusal says what there is.
 */
import type { World } from '@holdfast/chassis/simulation/world';
import { defaultChannel, homePlace, reservationId } from '@holdfast/schema/identifiers';
import { units } from '@holdfast/schema/quantities';
import type { Client } from './client.ts';
import { type Look, lookAt } from './looks.ts';
import type { Breach } from './oracle/stock-law.ts';
import type { Requests } from './requests.ts';
import { finish } from './run-until.ts';
import { settle } from './settle.ts';
import type { Shop } from './shop.ts';
import type { System } from './system.ts';

export async function probe(
  world: World,
  system: System,
  client: Client,
  requests: Requests,
  shop: Shop,
  looks: Look[],
  breach: Breach,
): Promise<void> {
  const lookAtAll = async () => {
    for (const instance of system.inventories()) {
      for (const sku of shop.skus) {
        const look = await lookAt(world, instance, { sku, channel: defaultChannel }, breach);
        if (look) looks.push(look);
        else breach('availability', `${instance.process.name} does not show ${sku}`);
      }
    }
  };
  await finish(world, lookAtAll());
  system.restartAll();
  await settle(world, system);
  await finish(world, lookAtAll());
  const asked = requests.all().filter(({ answers }) => answers.some(({ kept }) => kept));
  await finish(world, Promise.all(asked.map(client.again)));
  await finish(world, Promise.all(shop.skus.map((sku) => countAndTake(client, shop, sku))));
}

/**
 * A hold of more than there is hears what there is; then one unit more than that is not to be had.
 */
async function countAndTake(client: Client, shop: Shop, sku: Shop['skus'][number]): Promise<void> {
  for (const location of shop.locations) {
    const reason = 'the last count';
    const counted = { sku, location, condition: 'SELLABLE', reason } as const;
    await client.inventory('prober', () => ({
      ...{ type: 'CountStock', ...counted, units: units(6) },
      ...{ compareUnits: undefined, includesUpTo: undefined },
    }));
    for (const wished of [99, 1]) {
      const wanted = [{ sku, anywhere: 0, at: new Map([[location, wished]]) }];
      await client.inventory('prober', (newId) => ({
        ...{ type: 'ReserveStock', channel: defaultChannel, wanted, buyer: undefined },
        ...{ ttlSeconds: 2, claim: reservationId(newId(), homePlace([sku])) },
      }));
    }
  }
}
