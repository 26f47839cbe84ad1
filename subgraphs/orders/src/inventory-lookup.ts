/** Whether what an order names exists, by what inventory's log has said so far. */
import { retryAfterMs } from '@holdfast/chassis/lane/lane';
import {
  type ChannelCode,
  type ClaimId,
  defaultChannel,
  type Sku,
} from '@holdfast/schema/identifiers';
import type { WantedOrderLine } from './order/place.ts';
import { unitsPerSku } from './order/units-per-sku.ts';
import type { LineWish, OrderWish } from './order-wish.ts';
import type { KnownReservation } from './projections/inventory-facts.ts';
import type { Refusal } from './refusal.ts';

/** What was followed of inventory; each answers undefined or false only when that is certain. */
export type InventoryKnown = {
  /** Those of the SKUs that exist. */
  skus(asked: readonly Sku[]): Promise<ReadonlySet<Sku>>;
  channel(code: ChannelCode): Promise<boolean>;
  reservation(claim: ClaimId): Promise<KnownReservation | undefined>;
};

/** The part of an order that inventory must know. */
export type KnownOrder = {
  readonly channel: ChannelCode;
  readonly reservation: ClaimId | undefined;
  readonly lines: readonly WantedOrderLine[];
};

export type Resolved =
  | { readonly type: 'resolved'; readonly order: KnownOrder }
  | { readonly type: 'refused'; readonly refusal: Refusal };

export type InventoryLookup = { resolve(wish: OrderWish): Promise<Resolved> };

/** Inventory's log is followed, but not far enough yet to say that something does not exist. */
export class NotYetKnown extends Error {
  override readonly name = 'NotYetKnown';
}

export function inventoryLookup(known: InventoryKnown): InventoryLookup {
  return {
    async resolve(wish) {
      try {
        return await resolve(wish, known);
      } catch (failure) {
        if (!(failure instanceof NotYetKnown)) throw failure;
        const nothing = { mayBeDecided: false, elsewhere: false };
        return refuse({ type: 'Overloaded', retryAfterMs, ...nothing });
      }
    },
  };
}

const refuse = (refusal: Refusal): Resolved => ({ type: 'refused', refusal });
const invalid = (field: string, message: string) =>
  refuse({ type: 'InvalidInput', message, path: [field] });

async function resolve(wish: OrderWish, known: InventoryKnown): Promise<Resolved> {
  const { reservation: claim, channel } = wish;
  if (claim === 'malformed') return refuse({ type: 'NotFound', path: ['reservationId'] });
  const held = claim && (await known.reservation(claim));
  if (claim && !held) return refuse({ type: 'NotFound', path: ['reservationId'] });

  if (channel && channel !== defaultChannel && !(await known.channel(channel))) {
    return refuse({ type: 'NotFound', path: ['channel'] });
  }
  const unknown = wish.lines && (await unknownSkus(wish.lines, known));
  if (unknown) return refuse(unknown);

  if (held && channel && channel !== held.channel) {
    return invalid('channel', `channel must be the reservation's, ${held.channel}.`);
  }
  if (held && wish.lines && !sameUnits(held.lines, wish.lines)) {
    return invalid('lines', 'lines must name the SKUs and quantities of the reservation.');
  }
  const order: KnownOrder = {
    channel: held?.channel ?? channel ?? defaultChannel,
    reservation: claim,
    lines: orderedLines(wish.lines, held),
  };
  return { type: 'resolved', order };
}

const orderedLines = (
  lines: readonly LineWish[] | undefined,
  held: KnownReservation | undefined,
): readonly WantedOrderLine[] =>
  lines?.map(({ sku, units, unitPrice }) => ({ sku, units, unitPrice })) ??
  held?.lines.map(({ sku, units }) => ({ sku, units, unitPrice: undefined })) ??
  [];

async function unknownSkus(
  lines: readonly LineWish[],
  known: InventoryKnown,
): Promise<Refusal | undefined> {
  const asked = [...new Set(lines.map(({ sku }) => sku))];
  const there = await known.skus(asked);
  const skus = asked.filter((sku) => !there.has(sku));
  const first = lines.find(({ sku }) => !there.has(sku));
  if (!first) return undefined;
  return { type: 'UnknownSku', skus, path: ['lines', String(first.position), 'sku'] };
}

/** The same units of the same SKUs, at whatever prices and in whatever order. */
function sameUnits(held: KnownReservation['lines'], lines: readonly LineWish[]): boolean {
  const wanted = new Map(unitsPerSku(lines).map(({ sku, units }) => [sku, units]));
  return wanted.size === held.length && held.every(({ sku, units }) => wanted.get(sku) === units);
}
