/** A shopper: holds what is wanted, changes their mind, orders, pays or does not. */
import type { Outcome } from '@holdfast/chassis/commit';
import type { World } from '@holdfast/chassis/simulation/world';
import type { Caller } from '@holdfast/schema/caller';
import {
  type BuyerHash,
  type ClaimId,
  homePlace,
  type LocationCode,
  parseClaimId,
  reservationId,
  type Sku,
} from '@holdfast/schema/identifiers';
import type { Client, InventoryCommand, OrderInput } from './client.ts';
import type { Shop } from './shop.ts';

type Wanted = Extract<InventoryCommand, { type: 'ReserveStock' }>['wanted'];
type ReserveStock = Extract<InventoryCommand, { type: 'ReserveStock' }>;
export type Hold = { readonly claim: ClaimId; readonly wish: Omit<ReserveStock, 'claim'> };

export const storefront: Caller = { role: 'storefront', id: 'storefront', scopes: [] };
export const partner: Caller = { role: 'partner', id: 'partner', scopes: ['orders:write'] };
export const agent: Caller = { role: 'agent', id: 'agent', scopes: [] };

const price = { amount: 1_000, currency: 'EUR' };

export type Shopper = {
  /** One visit, from the first look to whatever it ends in. */
  visit(): Promise<void>;
};

export function createShopper(world: World, client: Client, shop: Shop, name: string): Shopper {
  const { random } = world;

  const drawWish = (): Hold['wish'] => {
    const channel = random.pick(shop.channels);
    const skus = random.shuffled(shop.holdable).slice(0, random.pick([1, 1, 2, 3]));
    const wanted: Wanted = skus.map((sku) => drawWanted(world, sku, shop.locationsOf(channel)));
    return {
      ...{ type: 'ReserveStock', channel, wanted },
      buyer: random.chance(0.6) ? buyer(random.pick(['a', 'b', 'c'])) : undefined,
      ttlSeconds: random.chance(0.3) ? random.between(1, 40) : undefined,
    };
  };

  const reserve = async (wish: Hold['wish']): Promise<Hold | undefined> => {
    const home = homePlace(wish.wanted.map(({ sku }) => sku));
    const outcome = await client.inventory(name, (newId) => ({
      ...wish,
      claim: reservationId(newId(), home),
    }));
    const claim = claimOf(outcome);
    return claim && { claim, wish };
  };

  const order = async (input: OrderInput) => {
    const caller = random.pick([storefront, storefront, partner, agent]);
    const paid = random.chance(0.3) ? { payment: { reference: 'paid at once', amount: price } } : {};
    const customer = { email: 'buyer@example.org' };
    const payload = await client.orders('placeOrder', { ...input, ...paid, customer }, caller);
    if (!('order' in payload)) return;
    await client.pause(random.between(0, 6_000));
    if (random.chance(0.5)) await pay(payload.order.id);
    if (random.chance(0.35)) await cancel(payload.order.id, payload.order.lines);
  };

  const pay = async (orderId: string) => {
    const told = (outcome: string, reference: string) =>
      client.orders('recordPayment', { orderId, outcome, reference }, agent);
    if (random.chance(0.3)) await told('FAILED', 'declined');
    if (random.chance(0.8)) await told('AUTHORIZED', 'a card');
  };

  const cancel = async (
    orderId: string,
    lines: readonly { readonly id: string; readonly quantity: number }[],
  ) => {
    const [line] = lines;
    const part = random.chance(0.5) && line && line.quantity > 1;
    const quantity = random.between(1, Math.max(1, (line?.quantity ?? 1) - 1));
    const restock = random.chance(0.6);
    const input = part
      ? { orderId, reason: 'too many', lines: [{ lineId: line.id, quantity, restock }] }
      : { orderId, reason: 'not wanted', restock };
    await client.orders('cancelOrder', input, agent);
  };

  const onHold = async (type: 'ExtendReservation' | 'ReleaseReservation', { claim }: Hold) => {
    const command: InventoryCommand =
      type === 'ExtendReservation'
        ? { type, claim, ttlSeconds: random.between(1, 30) }
        : { type, claim };
    await client.inventory(name, () => command);
  };

  const orderHold = ({ claim }: Hold) => order({ reservationId: claim });

  const afterHolding = async (hold: Hold) => {
    switch (random.between(1, 9)) {
      case 1:
        return onHold('ReleaseReservation', hold);
      case 2: {
        await onHold('ExtendReservation', hold);
        await client.pause(random.between(0, 8_000));
        return random.chance(0.5) ? orderHold(hold) : onHold('ReleaseReservation', hold);
      }
      case 3:
      case 4:
        // So long that it has ended by itself.
        await client.pause(random.between(5_000, 30_000));
        return random.chance(0.8) ? orderHold(hold) : onHold('ExtendReservation', hold);
      case 5: {
        const again = await reserve({ ...drawWish(), buyer: hold.wish.buyer });
        return random.chance(0.6) && again ? orderHold(again) : orderHold(hold);
      }
      case 6:
        // Two tabs, one reservation.
        await Promise.all([orderHold(hold), orderHold(hold)]);
        return;
      default:
        await client.pause(random.between(0, 3_000));
        return orderHold(hold);
    }
  };

  /** More than there is, of what may wait. */
  const orderMuch = () => {
    const lines = [{ sku: shop.mayWait, quantity: random.between(3, 8), unitPrice: { ...price, amount: 10 } }];
    return order({ lines, channel: random.pick(shop.channels) });
  };

  const orderDirectly = () => {
    const lines = random
      .shuffled(shop.skus)
      .slice(0, random.between(1, 3))
      .map((sku) => ({ sku, quantity: random.between(1, 3), unitPrice: { ...price, amount: 10 } }));
    return order({ lines, channel: random.pick(shop.channels) });
  };

  return {
    async visit() {
      if (random.chance(0.15)) return orderMuch();
      if (random.chance(0.25)) return orderDirectly();
      const wish = drawWish();
      const hold = await reserve(wish);
      if (hold) await afterHolding(hold);
    },
  };
}

function drawWanted(world: World, sku: Sku, locations: readonly LocationCode[]): Wanted[number] {
  const { random } = world;
  const at = random.chance(0.25)
    ? new Map([[random.pick(locations), random.between(1, 2)]])
    : new Map<LocationCode, number>();
  return { sku, anywhere: at.size > 0 ? random.between(0, 1) : random.between(1, 3), at };
}

/** The id that an accepted command's answer names. */
export function claimOf(outcome: Outcome): ClaimId | undefined {
  if (!('accepted' in outcome)) return undefined;
  const { accepted } = outcome;
  if (typeof accepted !== 'object' || accepted === null || !('claim' in accepted)) return undefined;
  return parseClaimId(String(accepted.claim));
}

// The edge hashes a buyer's secret; nothing behind it looks inside.
const buyer = (secret: string) => `buyer-${secret}` as BuyerHash;
