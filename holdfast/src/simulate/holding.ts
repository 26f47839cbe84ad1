/** What a shopper does with holds. */
import type { Outcome } from '@holdfast/chassis/commit';
import type { World } from '@holdfast/chassis/simulation/world';
import {
  type BuyerHash,
  type ClaimId,
  homePlace,
  type LocationCode,
  parseClaimId,
  reservationId,
  type Sku,
} from '@holdfast/schema/identifiers';
import type { Client, InventoryCommand } from './client.ts';
import type { Shop } from './shop.ts';

type ReserveStock = Extract<InventoryCommand, { type: 'ReserveStock' }>;
type Wanted = ReserveStock['wanted'];
export type Wish = Omit<ReserveStock, 'claim'>;
export type Hold = { readonly claim: ClaimId; readonly wish: Wish };

export function drawWish({ random }: World, shop: Shop): Wish {
  const channel = random.pick(shop.channels);
  const skus = random.shuffled(shop.holdable).slice(0, random.pick([1, 1, 2, 3]));
  const draw = (sku: Sku): Wanted[number] => {
    const wished: [LocationCode, number] = [
      random.pick(shop.locationsOf(channel)),
      random.between(1, 2),
    ];
    return random.chance(0.25)
      ? { sku, anywhere: random.between(0, 1), at: new Map([wished]) }
      : { sku, anywhere: random.between(1, 3), at: new Map() };
  };
  return {
    ...{ type: 'ReserveStock', channel, wanted: skus.map(draw) },
    buyer: random.chance(0.6) ? buyer(random.pick(['a', 'b', 'c'])) : undefined,
    ttlSeconds: random.chance(0.3) ? random.between(1, 40) : undefined,
  };
}

/** Of everything that can be held some, so that few such carts find room at once. */
export const drawCart = ({ random }: World, shop: Shop): Wish => ({
  ...{ type: 'ReserveStock', channel: random.pick(shop.channels), buyer: undefined },
  wanted: shop.holdable.map((sku) => ({ sku, anywhere: random.between(1, 3), at: new Map() })),
  ttlSeconds: random.between(1, 5),
});

// The edge hashes a buyer's secret; nothing behind it looks inside.
const buyer = (secret: string) => `buyer-${secret}` as BuyerHash;

export async function reserve(client: Client, by: string, wish: Wish): Promise<Hold | undefined> {
  const home = homePlace(wish.wanted.map(({ sku }) => sku));
  const outcome = await client.inventory(by, (newId) => ({
    ...wish,
    claim: reservationId(newId(), home),
  }));
  const claim = claimOf(outcome);
  return claim && { claim, wish };
}

/** The id that an accepted command's answer names. */
function claimOf(outcome: Outcome): ClaimId | undefined {
  if (!('accepted' in outcome)) return undefined;
  const { accepted } = outcome;
  if (typeof accepted !== 'object' || accepted === null || !('claim' in accepted)) return undefined;
  return parseClaimId(String(accepted.claim));
}

export async function extend({ random }: World, client: Client, by: string, { claim }: Hold) {
  const ttlSeconds = random.between(1, 30);
  await client.inventory(by, () => ({ type: 'ExtendReservation', claim, ttlSeconds }));
}

export async function release(client: Client, by: string, { claim }: Hold) {
  await client.inventory(by, () => ({ type: 'ReleaseReservation', claim }));
}
