/**
 * Whoever was answered reads what they were answered: a projection is waited for until it includes
 * it, and reads the log itself where the bus is late.
 */

import type { Clock } from '@holdfast/chassis/clock';
import type { LaneId } from '@holdfast/chassis/commit';
import { inTime } from '@holdfast/chassis/in-time';
import type { EventLog } from '@holdfast/chassis/log/event-log';
import { lanesOf } from '@holdfast/chassis/owning/lanes';
import { caughtUp } from '@holdfast/chassis/projecting/caught-up';
import type { Projector } from '@holdfast/chassis/projecting/projector';
import type { Sku } from '@holdfast/schema/identifiers';
import { catalogLane, inventoryContext, type Ledger } from './ledger.ts';
import { laneOfSku } from './over-lanes/ask-lane.ts';

/**
 * The projection reads the log meanwhile, so longer than this only what nobody has written is
 * waited for.
 */
const withinMs = 2_000;

/** A lane's version that a reader wants included. */
type Reach = { readonly lane: LaneId; readonly version: number };

/** What a reader looks at, and what they were answered before. */
export type ReadWish = {
  /** A cursor of a mutation's answer, of whichever context. */
  readonly after: string | undefined;
  readonly skus: readonly (Sku | undefined)[];
};

export type UpToDateReads = {
  /**
   * Undefined when nothing is to be waited for, so that a hot reader does not wait a tick. With a
   * cursor, everything durable of the SKUs is waited for: an order's cursor does not say what its
   * units did to the lanes here, nor a claim's what it did to lanes other than its own.
   */
  reach<Doc>(projector: Projector<Doc>, wish: ReadWish): Promise<void> | undefined;
};

/** @param log of the lanes that other processes may own; none when all are here */
export function upToDateReads(
  ledger: Ledger,
  clock: Clock,
  log: EventLog | undefined,
): UpToDateReads {
  const lanes = lanesOf(inventoryContext, ledger.count);
  const versionsToReach = (after: string | undefined): readonly Reach[] => {
    const known = lanes.map((lane) => ({ lane, version: ledger.knownVersion(lane.lane) }));
    return after === undefined ? known : [...known, ...cursorLanes(after, lanes)];
  };
  return {
    reach(projector, { after, skus }) {
      const reached = reachedAll(projector, versionsToReach(after));
      if (after === undefined || !log) return reached && reachedInTime(clock, reached);
      const numbers = skus.flatMap((sku) => (sku ? [laneOfSku(sku, ledger.count)] : []));
      const looked = lanesOf(inventoryContext, ledger.count)
        .filter(({ lane }) => lane === catalogLane || numbers.includes(lane))
        .map((lane) => caughtUp(projector, log, lane));
      return reachedInTime(clock, Promise.all([reached, ...looked]));
    },
  };
}

function reachedAll<Doc>(
  projector: Projector<Doc>,
  versions: readonly Reach[],
): Promise<void> | undefined {
  let waits: Promise<void>[] | undefined;
  for (const { lane, version } of versions) {
    const reached = projector.reached(lane, version);
    if (!reached) continue;
    projector.hurry(lane);
    waits ??= [];
    waits.push(reached);
  }
  return waits && Promise.all(waits).then(() => undefined);
}

/** The versions that a cursor names: `inventory:3:17`, several by commas; others' are left out. */
function cursorLanes(cursor: string, lanes: readonly LaneId[]): readonly Reach[] {
  return cursor.split(',').flatMap((part) => {
    const [context, number, version] = part.split(':');
    const lane = context === inventoryContext ? lanes[Number(number)] : undefined;
    const wanted = Number(version);
    return lane && Number.isSafeInteger(wanted) && wanted > 0 ? [{ lane, version: wanted }] : [];
  });
}

/** @throws ReadTooEarly when that takes too long */
async function reachedInTime(clock: Clock, reached: Promise<unknown>): Promise<void> {
  if ((await inTime(clock, withinMs, reached)) === 'late') throw new ReadTooEarly();
}

/** What was to be included has not come in time. */
export class ReadTooEarly extends Error {
  override readonly name = 'ReadTooEarly';
}
