/** What a lane's owner tells beside its log: public events on EVT, what was set aside on DLQ. */

import type { Part } from '../owning/lane-company.ts';
import { announceParked } from './announce-parked.ts';
import type { Announcer } from './announcer.ts';
import { type PublishEventsOptions, publishEvents } from './publish-events.ts';

export type TellOthersOptions = Omit<PublishEventsOptions, 'announcer'> & {
  /** Undefined where nobody listens. */
  readonly announcer: Announcer | undefined;
  /**
   * Followers whose parked events this owner announces. They are one store's, whatever their lanes,
   * so the owner of one lane tells of all of them.
   */
  readonly parkedOf: readonly string[];
};

export function tellOthers({
  announcer,
  parkedOf,
  ...options
}: TellOthersOptions): readonly Part[] {
  if (!announcer) return [];
  const { readModel, clock } = options;
  const parked = parkedOf.map((consumer): Part => {
    const { start, stop } = announceParked({ consumer, readModel, announcer, clock });
    return { start: async () => start(), stop };
  });
  return [publishEvents({ ...options, announcer }), ...parked];
}
