/**
 * Looks into the projection of inventory's log; that something is missing is believed only at the
 * log's head.
 */

import type { Clock } from '@holdfast/chassis/clock';
import type { LaneId } from '@holdfast/chassis/commit';
import type { EventLog } from '@holdfast/chassis/log/event-log';
import { caughtUp } from '@holdfast/chassis/projecting/caught-up';
import type { Projector } from '@holdfast/chassis/projecting/projector';
import { laneOfPlace, placeOf, placeOfId } from '@holdfast/schema/identifiers';
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
  async function catchUp(asked: readonly LaneId[]) {
    const caught = asked.map((lane) => caughtUp(facts, log, lane));
    if (!(await within(clock, factsWaitMs, Promise.all(caught)))) throw new NotYetKnown();
  }

  async function look<Id extends string>(
    collection: string,
    ids: readonly Id[],
    lanesOf: (id: Id) => readonly LaneId[],
  ) {
    const found = await facts.read(collection, ids);
    const missing = ids.filter((_, at) => found[at] === undefined);
    if (missing.length === 0) return found;
    await catchUp([...new Set(missing.flatMap(lanesOf))]);
    return facts.read(collection, ids);
  }

  const laneAt = (place: string): readonly LaneId[] => {
    const lane = lanes[laneOfPlace(place, lanes.length)];
    return lane ? [lane] : [];
  };

  return {
    async skus(asked) {
      const found = await look(skus, asked, (sku) => laneAt(placeOf(sku)));
      return new Set(asked.filter((_, at) => found[at] !== undefined));
    },
    async channel(code) {
      const [found] = await look(channels, [code], () => lanes);
      return found !== undefined;
    },
    async reservation(claim) {
      const [found] = await look(reservations, [claim], (id) => laneAt(placeOfId(id)));
      return found && isReservation(found) ? found : undefined;
    },
  };
}

const isReservation = (known: Exists | KnownReservation): known is KnownReservation =>
  'lines' in known;
