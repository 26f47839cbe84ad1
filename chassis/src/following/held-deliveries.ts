/** What a feed does with deliveries that wait, and where that leaves it on the bus. */
import type { BusPlace, Delivery } from '../bus/bus.ts';
import { busPlaces } from '../bus/bus-places.ts';
import type { Commit } from '../commit.ts';

/** Deliveries of one lane by version. */
export type Held = Map<number, Delivery>;

export type HeldDeliveries = ReturnType<typeof heldDeliveries>;

/** @param placed is told the place of a commit that was handed over before the bus told it */
export function heldDeliveries(placed: (commit: Commit, place: BusPlace) => void) {
  const places = busPlaces();

  const done = ({ place, ack }: Delivery) => {
    if (place) places.settled(place);
    ack();
  };

  /** Of a commit that has been handed over already. */
  const drop = (delivery: Delivery) => {
    if (delivery.place) placed(delivery.commit, delivery.place);
    done(delivery);
  };

  return {
    done,
    drop,
    came(place: BusPlace | undefined) {
      if (place) places.came(place);
    },
    /** Before a commit is handed over, which tells of it: what is told of it includes it. */
    settled(place: BusPlace | undefined) {
      if (place) places.settled(place);
    },
    dropUpTo(held: Held, version: number) {
      for (const [at, delivery] of held) {
        if (at > version) continue;
        held.delete(at);
        drop(delivery);
      }
    },
    /** The log says that they belong to another life of the store, or nobody follows any more. */
    forget(held: Held) {
      for (const delivery of held.values()) done(delivery);
      held.clear();
    },
    begins: places.begins,
    included: places.included,
  };
}
