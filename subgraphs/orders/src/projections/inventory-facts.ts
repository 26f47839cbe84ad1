/**
 * What orders must know of inventory, and what never changes: which SKUs, channels and reservations
 * there are. Pure.
 */
import type { DomainEvent } from '@holdfast/chassis/commit';
import type { Projection } from '@holdfast/chassis/projecting/projector';
import type { ChannelSaved, ItemSaved, ReservationMade, WantedLine } from '@holdfast/schema/events';
import type { ChannelCode } from '@holdfast/schema/identifiers';
import { unitsPerSku } from '../order/units-per-sku.ts';

export const skus = 'orders.skus';
export const channels = 'orders.channels';
export const reservations = 'orders.reservations';

/** A SKU or channel that exists; there is nothing more to know. */
export type Exists = Record<string, never>;

export type KnownReservation = {
  readonly channel: ChannelCode;
  /** Summed per SKU. */
  readonly lines: readonly WantedLine[];
};

type Followed = ItemSaved | ChannelSaved | ReservationMade;

const followed: ReadonlySet<string> = new Set<Followed['type']>([
  'ItemSaved',
  'ChannelSaved',
  'ReservationMade',
]);

const isFollowed = (event: DomainEvent): event is Followed => followed.has(event.type);

const exists: Exists = {};

function keyOf(event: Followed): { readonly collection: string; readonly id: string } {
  switch (event.type) {
    case 'ItemSaved':
      return { collection: skus, id: event.sku };
    case 'ChannelSaved':
      return { collection: channels, id: event.code };
    case 'ReservationMade':
      return { collection: reservations, id: event.claim };
  }
}

export const inventoryFacts: Projection<Exists | KnownReservation> = {
  name: 'orders.inventory-facts',
  collections: [skus, channels, reservations],
  appendOnly: [reservations],
  keysOf: ({ event }) => (isFollowed(event) ? [keyOf(event)] : []),
  evolve(known, { event }) {
    if (!isFollowed(event) || event.type !== 'ReservationMade') return known ?? exists;
    return { channel: event.channel, lines: unitsPerSku(event.lines) };
  },
};
