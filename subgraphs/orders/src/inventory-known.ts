/**
 * Looks into the projection of inventory's log; that something is missing is believed only at the
 * log's head.
 */
import type { Clock } from '@holdfast/chassis/clock';
import type { LaneId } from '@holdfast/chassis/commit';
import type { EventLog } from '@holdfast/chassis/event-log';
import type { Projector } from '@holdfast/chassis/projector';
import { factsWaitMs } from './config.ts';
import { type InventoryKnown, NotYetKnown } from './inventory-lookup.ts';
import {
  channels,
  type Exists,
  type KnownReservation,
  reservations,
  skus,
} from './projections/inventory-facts.ts';
import { within } from './sleeper.ts';

export type InventoryKnownParts = {
  readonly facts: Projector<Exists | KnownReservation>;
  readonly lanes: readonly LaneId[];
  readonly log: EventLog;
  readonly clock: Clock;
};

export function inventoryKnown({ facts, lanes, log, clock }: InventoryKnownParts): InventoryKnown {
  /** @throws NotYetKnown when that takes too long */
  async function catchUp() {
    const reached = lanes.map(async (lane) => {
      const head = await log.head(lane);
      await facts.reached(lane, head.version);
    });
    if (!(await within(clock, factsWaitMs, Promise.all(reached)))) throw new NotYetKnown();
  }

  async function look(collection: string, ids: readonly string[]) {
    const found = await facts.read(collection, ids);
    if (!found.includes(undefined)) return found;
    await catchUp();
    return facts.read(collection, ids);
  }

  return {
    async skus(asked) {
      const found = await look(skus, asked);
      return new Set(asked.filter((_, at) => found[at] !== undefined));
    },
    async channel(code) {
      const [found] = await look(channels, [code]);
      return found !== undefined;
    },
    async reservation(claim) {
      const [found] = await look(reservations, [claim]);
      return found && isReservation(found) ? found : undefined;
    },
  };
}

const isReservation = (known: Exists | KnownReservation): known is KnownReservation =>
  'lines' in known;
