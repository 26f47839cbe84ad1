/** What becomes of an order after it was placed: paid, cancelled, in part or not at all. */
import type { World } from '@holdfast/chassis/simulation/world';
import type { Caller } from '@holdfast/schema/caller';
import type { Client, OrderInput } from './client.ts';
import type { Shop } from './shop.ts';

export const storefront: Caller = { role: 'storefront', id: 'storefront', scopes: [] };
export const partner: Caller = { role: 'partner', id: 'partner', scopes: ['orders:write'] };
export const agent: Caller = { role: 'agent', id: 'agent', scopes: [] };

const paid = { reference: 'paid at once', amount: { amount: 1_000, currency: 'EUR' } };
const unitPrice = { amount: 10, currency: 'EUR' };
const customer = { email: 'buyer@example.org' };

export async function order(world: World, client: Client, input: OrderInput): Promise<void> {
  const { random } = world;
  const caller = random.pick([storefront, storefront, partner, agent]);
  const payment = random.chance(0.3) ? { payment: paid } : {};
  const payload = await client.orders('placeOrder', { ...input, ...payment, customer }, caller);
  if (!('order' in payload)) return;
  const { id, lines } = payload.order;
  await client.pause(random.between(0, 6_000));
  if (random.chance(0.5)) await pay(world, client, id);
  const [line] = lines;
  if (random.chance(0.35))
    await cancel(world, client, id, line && { ...line, units: line.quantity });
}

async function pay({ random }: World, client: Client, orderId: string): Promise<void> {
  const tell = (outcome: string, reference: string) =>
    client.orders('recordPayment', { orderId, outcome, reference }, agent);
  if (random.chance(0.3)) await tell('FAILED', 'declined');
  if (random.chance(0.8)) await tell('AUTHORIZED', 'a card');
}

type CancelledLine = { readonly id: string; readonly units: number };

/** @param line of which a part may be cancelled, instead of the whole order */
export async function cancel(
  { random }: World,
  client: Client,
  orderId: string,
  line: CancelledLine | undefined,
): Promise<void> {
  const restock = random.chance(0.6);
  const inPart = line && line.units > 1 && random.chance(0.5);
  const part = (lineId: string, most: number) => ({
    lines: [{ lineId, quantity: random.between(1, most), restock }],
  });
  const what = inPart ? part(line.id, line.units - 1) : { restock };
  await client.orders('cancelOrder', { orderId, reason: 'not wanted', ...what }, agent);
}

/** Straight from the shelf, without a hold. */
export function orderDirectly(world: World, client: Client, shop: Shop): Promise<void> {
  const { random } = world;
  const lines = random
    .shuffled(shop.skus)
    .slice(0, random.between(1, 3))
    .map((sku) => ({ sku, quantity: random.between(1, 3), unitPrice }));
  return order(world, client, { lines, channel: random.pick(shop.channels) });
}

/** More than there is, of what may wait. */
export function orderMuch(world: World, client: Client, shop: Shop): Promise<void> {
  const { random } = world;
  const lines = [{ sku: shop.mayWait, quantity: random.between(3, 8), unitPrice }];
  return order(world, client, { lines, channel: random.pick(shop.channels) });
}
