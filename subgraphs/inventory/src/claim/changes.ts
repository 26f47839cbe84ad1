/** Collects the facts of one decision, a stream at a time, in the order in which they happen. */
import type { StreamChange } from '@holdfast/chassis/decider';
import { streamName } from '@holdfast/chassis/stream-kind';
import type { PlacedLine } from '@holdfast/schema/events';
import type { BuyerHash, ClaimId, Sku } from '@holdfast/schema/identifiers';
import type { StockEvent } from '../stock/events.ts';
import { stockKind } from '../stock/stock.ts';
import { buyerKind } from './buyer.ts';
import { claimKind, type Reservation } from './claim.ts';
import type { BuyerEvent, ClaimEvent, WideEvent } from './events.ts';
import { wideKind } from './wide.ts';

export type InventoryEvent = StockEvent | ClaimEvent | WideEvent | BuyerEvent;

export type Changes = {
  claim(id: ClaimId, event: ClaimEvent, begins?: boolean): void;
  /** In the claim's stream over all its lanes. */
  wide(id: ClaimId, event: WideEvent, begins?: boolean): void;
  stock(sku: Sku, event: StockEvent): void;
  buyer(buyer: BuyerHash | undefined, event: BuyerEvent): void;
  all(): readonly StreamChange<InventoryEvent>[];
};

export function collectChanges(): Changes {
  const streams = new Map<string, { events: InventoryEvent[]; begins: boolean }>();

  const add = (stream: string, event: InventoryEvent, begins = false) => {
    const known = streams.get(stream);
    if (known) known.events.push(event);
    else streams.set(stream, { events: [event], begins });
  };

  return {
    claim: (id, event, begins) => add(streamName(claimKind, id), event, begins),
    wide: (id, event, begins) => add(streamName(wideKind, id), event, begins),
    stock: (sku, event) => add(streamName(stockKind, sku), event),
    buyer: (buyer, event) => {
      if (buyer !== undefined) add(streamName(buyerKind, buyer), event);
    },
    all: () => [...streams].map(([stream, change]) => ({ stream, ...change })),
  };
}

/** What becomes of each of a reservation's lines when it ends. */
type Ending = (line: PlacedLine) => StockEvent;

/** A reservation ends: in its own stream, at each SKU it holds, and with its buyer. */
export function endReservation(
  changes: Changes,
  reservation: Reservation,
  event: ClaimEvent,
  ending: Ending,
): void {
  const { claim, buyer, lines } = reservation;
  changes.claim(claim, event);
  for (const line of lines) changes.stock(line.sku, ending(line));
  changes.buyer(buyer, { type: 'BuyerHoldEnded', claim });
}

/** The units that a reservation holds, as its stock events name them. */
export const held = ({ claim, expiresAt }: Reservation, { location, units }: PlacedLine) => ({
  ...{ claim, location, units, expiresAt },
});

export const releaseReservation = (
  changes: Changes,
  reservation: Reservation,
  reason: 'given back' | 'replaced' | 'cancelled',
): void =>
  endReservation(
    changes,
    reservation,
    { type: 'ReservationReleased', claim: reservation.claim, reason },
    (line) => ({ type: 'StockReservationReleased', ...held(reservation, line) }),
  );
