/** Processes that share the tills' lanes by leases, and can be cut off from each other. */

import { inProcessDoorHub } from '../src/asking/command-door.in-process.ts';
import type { CommandDoor } from '../src/asking/command-door.ts';
import { nearBus } from '../src/bus/near-bus.in-process.ts';
import type { Lane } from '../src/lane/lane.ts';
import { createLeases } from '../src/leases/create-leases.ts';
import { inProcessLeaseTable } from '../src/leases/leases.in-process.ts';
import { leaseRenewMs, leaseRowMs, leaseTtlMs } from '../src/leases/leases.ts';
import { inMemoryEventLog } from '../src/log/event-log.in-memory.ts';
import type { LaneCompany } from '../src/owning/lane-company.ts';
import type { Lanes } from '../src/owning/lanes.ts';
import { openLanes, type Placement } from '../src/owning/open-lanes.ts';
import { inMemoryLaneRows } from '../src/rows/lane-rows.in-memory.ts';
import type { LaneRows } from '../src/rows/lane-rows.ts';
import { type ScriptedClock, scriptedClock } from '../src/scripted-clock.ts';
import type { View } from '../src/stream-kind.ts';
import { breakableTable } from './breakable-table.ts';
import { type TillCommand, till, tillLane } from './till.ts';

export const laneCount = 4;

const looks = {
  nothing: () => undefined,
  units: (view: View, _at: number, _: unknown, name: string) => view.get(till, name).units,
};
export type TillLanes = Lanes<TillCommand, typeof looks>;

/** What one process has that the others have not. */
type Own = {
  readonly companyOf?: (lanes: TillLanes, lane: number) => LaneCompany;
  readonly rows?: LaneRows;
  readonly lane?: (lane: Lane<TillCommand>) => Lane<TillCommand>;
};

const noCompany = (): LaneCompany => ({ feeding: [], carrying: [] });

export function tillWorld(count = laneCount) {
  const clock = scriptedClock();
  const stores = { log: inMemoryEventLog(), rows: inMemoryLaneRows(), clock };
  const table = inProcessLeaseTable(clock, leaseRowMs);
  const hub = inProcessDoorHub(clock);
  const failures: unknown[] = [];
  const onFailure = (failure: unknown) => void failures.push(failure);
  const running = <Result>(work: Promise<Result>) => pastTime(clock, work);

  /** Not started. */
  const create = ({
    companyOf = noCompany,
    rows = stores.rows,
    lane: own = (lane) => lane,
  }: Own = {}) => {
    const way = breakableTable(table);
    const leases = createLeases({
      ...{ table: way.table, clock, ttlMs: leaseTtlMs, renewMs: leaseRenewMs },
    });
    const { door, cutDoor, mendDoor, loseReplies } = breakableDoor(hub.door());
    const placement: Placement = { type: 'leased', leases, door, nearBus: () => nearBus(clock) };
    const lanes: TillLanes = openLanes<TillCommand, typeof looks>(placement, {
      ...{ context: 'inventory', count, ...stores, looks, onFailure },
      open: (lane, lease) => own(tillLane({ lane, ...stores, rows, lease, onFailure })),
      companyOf: (lane) => companyOf(lanes, lane),
    });
    /** Neither leases nor other processes can be reached any more, until the result is called. */
    const cut = () => {
      cutDoor();
      way.cut();
      return () => {
        mendDoor();
        way.heal();
      };
    };
    return { lanes, cut, cutDoor, loseReplies };
  };

  /** @param settledAfterMs those who had lanes alone have given up its share by then */
  const begin = async (own?: Own, settledAfterMs = leaseTtlMs + 1_000) => {
    const created = create(own);
    await running(created.lanes.start());
    await clock.advance(settledAfterMs);
    return created;
  };

  return { clock, failures, create, begin, running };
}

export type TillWorld = ReturnType<typeof tillWorld>;

/** Lets time pass until it is done. */
async function pastTime<Result>(clock: ScriptedClock, work: Promise<Result>): Promise<Result> {
  let done = false;
  const finished = () => {
    done = true;
  };
  work.then(finished, finished);
  for (let turns = 0; !done && turns < 2_000; turns += 1) await clock.advance(10);
  return work;
}

const never = new Promise<never>(() => {});

function breakableDoor(shared: CommandDoor) {
  let isCut = false;
  let losesReplies = false;
  const door: CommandDoor = {
    serve: (lane, answer) =>
      shared.serve(lane, async (request) => {
        if (isCut) return never;
        const reply = await answer(request);
        return losesReplies ? never : reply;
      }),
    ask: async (...question) => (isCut ? 'away' : shared.ask(...question)),
  };
  const cutDoor = () => {
    isCut = true;
  };
  const mendDoor = () => {
    isCut = false;
  };
  /** What others ask from now on is decided here, and they do not hear of it. */
  const loseReplies = () => {
    losesReplies = true;
  };
  return { door, cutDoor, mendDoor, loseReplies };
}
