/**
 * Leases as the shipped code makes them, over a table that answers late, wrongly or not at all and
 * now and then forgets everything.
 */
import { createLeases, type RunningLeases } from '../leases/create-leases.ts';
import type { LeaseListener, LeaseRow, LeaseTable } from '../leases/lease-table.ts';
import { inProcessLeaseTable } from '../leases/leases.in-process.ts';
import { leaseRenewMs, leaseRowMs, leaseTtlMs } from '../leases/leases.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { World } from './world.ts';

export type SimulatedLeases = {
  of(process: SimulatedProcess): RunningLeases;
  /** Forgets all rows, and tells nobody. */
  empty(): void;
};

const seenLateMsMax = 50;

export function simulatedLeases(world: World): SimulatedLeases {
  // The table's own clock is right: what ends is decided in one place.
  const clock = { now: world.now, after: world.after, newId: () => 'the table names nothing' };
  let table = inProcessLeaseTable(clock, leaseRowMs);
  /** Of this life of the table; they hear nothing of the next one until they watch again. */
  const watching = new Set<() => void>();
  return {
    of: (process) =>
      createLeases({
        table: tableOf(world, process, () => table, watching),
        clock: process.clock,
        ...{ ttlMs: leaseTtlMs, renewMs: leaseRenewMs },
      }),
    empty() {
      table = inProcessLeaseTable(clock, leaseRowMs);
      for (const watchAgain of watching) watchAgain();
      world.note('leases forgotten');
      world.tell('leases', () => 'are forgotten');
    },
  };
}

function tableOf(
  world: World,
  process: SimulatedProcess,
  table: () => LeaseTable,
  watching: Set<() => void>,
): LeaseTable {
  const changing = <Result>(what: string, effect: () => Promise<Result>) =>
    process.call({ what: () => what, effect, changes: true });
  return {
    ttlMs: leaseRowMs,
    async put(key, holder, revision) {
      const put = await changing(`hold ${key}`, () => table().put(key, holder, revision));
      if (put === 'taken' && revision > 0) world.note('lease lost to another, or to oblivion');
      return put;
    },
    get: (key) =>
      process.call({
        what: () => `who holds ${key}`,
        effect: () => table().get(key),
        changes: false,
      }),
    remove: (key, revision) => changing(`release ${key}`, () => table().remove(key, revision)),
    watch: (listener) => watch(world, process, { table, watching }, listener),
  };
}

type Watched = { readonly table: () => LeaseTable; readonly watching: Set<() => void> };

/** Late, in order, and with some missing. */
function watch(
  world: World,
  process: SimulatedProcess,
  { table, watching }: Watched,
  listener: LeaseListener,
): () => void {
  const { random } = world;
  let stopped = false;
  let stopSeeing = () => {};
  /** What has not arrived yet comes together with what follows it, as in one packet. */
  let onTheWay: (readonly [string, LeaseRow | undefined])[] = [];
  const arrive = () => {
    const arrived = onTheWay;
    onTheWay = [];
    if (stopped || !process.alive()) return;
    for (const [key, row] of arrived) listener(key, row);
  };
  const see: LeaseListener = (key, row) => {
    if (random.chance(world.faults().lostHint)) return;
    onTheWay.push([key, row]);
    if (onTheWay.length === 1) world.after(random.between(1, seenLateMsMax), arrive);
  };
  const watchAgain = () => {
    stopSeeing();
    stopSeeing = table().watch(see);
  };
  const stop = () => {
    stopped = true;
    watching.delete(watchAgain);
    stopSeeing();
  };
  watching.add(watchAgain);
  watchAgain();
  process.onEnd(stop);
  return stop;
}
