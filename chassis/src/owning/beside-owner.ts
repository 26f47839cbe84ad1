/**
 * The two sides of the bus beside a lane's owner. What follows the lane there is given each commit
 * by the relay in the same process: a broker that carried it back would parse, count and be told of
 * it once for each follower.
 */
import type { Bus } from '../bus/bus.ts';
import type { Placement } from './open-lanes.ts';

export type BesideOwner = {
  /** For the lane's relay: everybody hears. */
  readonly relayed: Bus;
  /** For what follows this lane and no other, for as long as it is here. */
  readonly followed: Bus;
};

/** @param bus that everybody hears; where all are in this process it is both sides */
export function besideOwner(placement: Placement, bus: Bus): BesideOwner {
  if (placement.type === 'here') return { relayed: bus, followed: bus };
  const followed = placement.nearBus();
  return {
    followed,
    relayed: {
      ...bus,
      async publish(message) {
        // First: it is in the log, and may be followed while the broker is away.
        await followed.publish(message);
        await bus.publish(message);
      },
    },
  };
}
