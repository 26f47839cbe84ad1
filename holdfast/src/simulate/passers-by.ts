/**
 * Others who use the shop: who looks, who cancels in the middle, who confuses their keys, and who
 * empties the bus.
 */
import { laneKey } from '@holdfast/chassis/commit';
import type { World } from '@holdfast/chassis/simulation/world';
import type { Inventory } from '@holdfast/inventory/app';
import {
  homePlace,
  type LocationCode,
  laneOfPlace,
  placeOf,
  reservationId,
  type Sku,
} from '@holdfast/schema/identifiers';
import { units } from '@holdfast/schema/quantities';
import type { Client, InventoryCommand } from './client.ts';
import { drawCart, release, reserve } from './holding.ts';
import { type LookWish, lookAt } from './looks.ts';
import { orderFact } from './oracle/order-facts.ts';
import { cancel } from './ordering.ts';
import type { Scene } from './scene.ts';
import type { Shop } from './shop.ts';
import { commitsOf, type Instance, type System } from './system.ts';

/** The gateway asks nobody who is not ready; commands may be sent before, and wait. */
const isReady = ({ app }: Instance<Inventory>): boolean => app.subgraph.notReady() === undefined;

/** Looks at availability again and again. */
export async function watch(scene: Scene): Promise<void> {
  const { world, system, shop, client, looks, breach } = scene;
  const { random } = world;
  for (let count = 0; count < 12; count += 1) {
    await client.pause(random.between(200, 6_000));
    const [instance] = random.shuffled(system.inventories());
    if (!instance || !isReady(instance)) continue;
    const [sku, channel] = [random.pick(shop.skus), random.pick(shop.channels)];
    const after = count % 2 === 1 ? afterAll(system, client, sku) : undefined;
    const look = await lookAt(world, instance, { sku, channel, after }, breach);
    if (look) looks.push(look);
  }
}

/** Receives units, and looks for what it has just heard at every process at once. */
export async function readOwnWrites(scene: Scene): Promise<void> {
  const { world, system, shop, client, looks, breach } = scene;
  const { random } = world;
  if (system.laneCount === 1) return;
  for (let count = 0; count < 6; count += 1) {
    await client.pause(random.between(500, 6_000));
    const sku = random.pick(shop.skus);
    await client.inventory('reader', () => blocked(sku, random.pick(shop.locations), 1));
    const ready = system.inventories().filter(isReady);
    const wish = { sku, channel: random.pick(shop.channels), after: afterAll(system, client, sku) };
    const seen = await Promise.all(ready.map((each) => lookAt(world, each, wish, breach)));
    looks.push(...seen.filter((look) => look !== undefined));
  }
}

/** Carts over several lanes that stand in each other's way at the same moment. */
export async function rival(world: World, system: System, shop: Shop, client: Client) {
  const { random } = world;
  if (system.laneCount === 1) return;
  for (let count = 0; count < 4; count += 1) {
    await client.pause(random.between(500, 8_000));
    const wish = drawCart(world, shop);
    const rivals = ['rival-1', 'rival-2', 'rival-3'];
    const holds = await Promise.all(rivals.map((name) => reserve(client, name, wish)));
    await Promise.all(rivals.map((name, at) => holds[at] && release(client, name, holds[at])));
  }
}

/**
 * What a look must include that comes with a cursor: what was heard, and where lanes are others'
 * too everything durable of the SKU. One lane shows everything that it knows anyway.
 */
function afterAll(
  { logs, laneCount, shared }: System,
  client: Client,
  sku: Sku,
): LookWish['after'] {
  if (laneCount === 1) return undefined;
  const lane = { context: 'inventory', lane: laneOfPlace(placeOf(sku), laneCount) };
  const cursor = client.cursor();
  const heard = cursor.split(',').find((part) => part.startsWith(`${laneKey(lane)}:`));
  const version = Number(heard?.split(':').at(-1) ?? 0);
  return { cursor, version: shared ? Math.max(version, logs.commits(lane).length) : version };
}

/** Somebody in customer service acts on the newest order, often before it is decided. */
export async function interfere(world: World, system: System, client: Client): Promise<void> {
  const { random } = world;
  const newestOrder = () => {
    for (const commit of commitsOf(system, 'orders').toReversed()) {
      const facts = commit.entries.flatMap(({ events }) => events.map(orderFact));
      const placed = facts.findLast((fact) => fact.type === 'OrderPlaced');
      if (placed) return placed;
    }
    return undefined;
  };
  const acted = new Set<string>();
  for (let looks = 0; looks < 400; looks += 1) {
    await client.pause(random.between(40, 400));
    const newest = newestOrder();
    if (!newest || acted.has(newest.order)) continue;
    acted.add(newest.order);
    if (random.chance(0.65)) continue;
    const [line] = newest.lines;
    await cancel(world, client, newest.order, line && { id: line.line, units: line.units });
  }
}

/**
 * Asks again and again for what is not there: a refusal that decides nothing is still as of a
 * version, and must not be older than what has been heard of.
 */
export async function wonder(world: World, client: Client, shop: Shop): Promise<void> {
  const { random } = world;
  for (let count = 0; count < 12; count += 1) {
    await client.pause(random.between(50, 2_500));
    const home = homePlace([random.pick(shop.skus)]);
    await client.inventory('wondering', (newId) => ({
      ...{ type: 'ReleaseReservation', claim: reservationId(newId(), home) },
    }));
  }
}

/** Units that nobody can have. */
const blocked = (sku: Sku, location: LocationCode, count: number): InventoryCommand => ({
  ...{ type: 'ReceiveStock', sku, location, condition: 'BLOCKED', units: units(count) },
  ...{ supply: undefined, reference: undefined },
});

/** A program that uses a key again for something else. */
export async function confuseKeys(world: World, client: Client, shop: Shop): Promise<void> {
  const { random } = world;
  const receive = (count: number) =>
    blocked(random.pick(shop.skus), random.pick(shop.locations), count);
  await client.pause(random.between(100, 20_000));
  const first = receive(1);
  await client.inventory('confused', () => first, 'the only key');
  await client.pause(random.between(0, 15_000));
  const second = receive(2);
  await client.inventory('confused', () => second, 'the only key');
}

export async function emptyBusSometimes(world: World, system: System, client: Client) {
  const { random } = world;
  if (!random.chance(0.3)) return;
  for (let count = 0; count < 2; count += 1) {
    await client.pause(random.between(5_000, 30_000));
    system.bus.empty();
  }
}

/** Now and then a whole part of the house is down, longer than an order waits for an answer. */
export async function darkenSometimes(world: World, system: System, client: Client) {
  const { random } = world;
  if (!random.chance(0.65)) return;
  await client.pause(random.between(8_000, 40_000));
  const kind = random.chance(0.75) ? 'inventory' : 'orders';
  system.darken(
    kind,
    random.chance(0.25) ? random.between(32_000, 70_000) : random.between(2_000, 8_000),
  );
}
