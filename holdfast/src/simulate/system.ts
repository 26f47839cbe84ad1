/** The system under test: inventory and orders as shipped, over stores that outlive processes. */
import type { Commit, LaneId } from '@holdfast/chassis/commit';
import type { LaneBounds } from '@holdfast/chassis/lane/lane';
import type { Lease } from '@holdfast/chassis/leases/leases';
import { lanesOf } from '@holdfast/chassis/owning/lanes';
import { type SimulatedBus, simulatedBus } from '@holdfast/chassis/simulation/bus.simulated';
import {
  type SimulatedLogStore,
  simulatedLogStore,
} from '@holdfast/chassis/simulation/event-log.simulated';
import { simulatedRowStore } from '@holdfast/chassis/simulation/lane-rows.simulated';
import {
  type SimulatedKeyStore,
  simulatedKeyStore,
} from '@holdfast/chassis/simulation/personal-keys.simulated';
import {
  type SimulatedReadModelStore,
  simulatedReadModelStore,
} from '@holdfast/chassis/simulation/read-model.simulated';
import type { SimulatedProcess } from '@holdfast/chassis/simulation/simulated-process';
import type { World } from '@holdfast/chassis/simulation/world';
import { createInventory, type Inventory } from '@holdfast/inventory/app';
import { createOrders, type Orders } from '@holdfast/orders/app';
import { type Instance, keepRunning, textOf } from './keep-running.ts';
import { drawOwners, type Owners } from './owners.ts';
import { type Sharing, sharedLanes } from './sharing.ts';

export type Kind = 'inventory' | 'orders';
export type { Instance } from './keep-running.ts';

export type System = {
  readonly logs: SimulatedLogStore;
  readonly bus: SimulatedBus;
  readonly readModels: SimulatedReadModelStore;
  readonly keys: SimulatedKeyStore;
  /** Of each context. */
  readonly laneCount: number;
  /** As `Shape` says. */
  readonly shared: boolean;
  /** Processes that own a lane when all live. */
  readonly instances: number;
  /** Those that live now and own their lane, or believe so. */
  inventories(): readonly Instance<Inventory>[];
  orders(): readonly Instance<Orders>[];
  /** Ends all processes at once, and starts them anew from the stores. */
  restartAll(): void;
  /** No process of this kind lives for a while. */
  darken(kind: Kind, forMs: number): void;
  /** Failures that no fault explains. */
  readonly breaches: string[];
};

/** What of a run is known before anything is drawn. */
export type Shape = {
  /** Of each context. */
  readonly laneCount: number;
  /** Three processes of each context share them by leases and ask each other, as clustered. */
  readonly shared: boolean;
};

/** All commits of a context, lane by lane. */
export const commitsOf = (
  { logs, laneCount }: Pick<System, 'logs' | 'laneCount'>,
  context: string,
): readonly Commit[] => lanesOf(context, laneCount).flatMap((lane) => logs.commits(lane));

export const inventoryLane: LaneId = { context: 'inventory', lane: 0 };
export const ordersLane: LaneId = { context: 'orders', lane: 0 };

/** Small, so that rows are read, written and forgotten all the time. */
const drawBounds = ({ random }: World): Partial<LaneBounds> => ({
  commitCommandsMax: random.pick([2, 8, 1_000]),
  streamsMax: random.pick([3, 8, 100_000]),
  recentOutcomesMax: random.pick([2, 50_000]),
  batchRows: random.pick([2, 10, 2_000]),
  ...random.pick([{}, {}, { waitingMax: 4, waitingUrgent: 2 }]),
});

export function createSystem(world: World, { laneCount, shared }: Shape): System {
  const breaches: string[] = [];
  const breach = (words: string) => void breaches.push(words);
  const owners = drawOwners(world, shared);
  const sharing = shared ? sharedLanes(world) : undefined;
  const stores = openStores(world, owners, sharing, breach);
  const { logs, bus, readModels, keys } = stores;
  const bounds = drawBounds(world);
  world.shareAmong(laneCount);
  const { count, atOnce } = owners;
  const inventories = keepRunning<Inventory>({
    ...{ world, kind: 'inventory', count, breach },
    mayBegin: (process) => owners.mayBegin('inventory', process),
    create: (process, lease) =>
      createInventory({
        ...stores.portsOf(process, lease),
        ...{ storefrontCap: Number.POSITIVE_INFINITY, bounds, laneCount },
      }),
  });
  const orders = keepRunning<Orders>({
    ...{ world, kind: 'orders', count, breach },
    mayBegin: (process) => owners.mayBegin('orders', process),
    create: (process, lease) =>
      createOrders({
        ...stores.portsOf(process, lease),
        ...{ personalKeys: keys.of(process), laneCount },
      }),
  });
  return {
    ...{ logs, bus, readModels, keys, laneCount, shared, breaches, instances: 2 * atOnce },
    inventories: inventories.living,
    orders: orders.living,
    darken(kind, forMs) {
      world.note('all processes of one kind down for long');
      (kind === 'inventory' ? inventories : orders).endAll('in the dark', forMs);
    },
    restartAll() {
      for (const kept of [inventories, orders]) kept.endAll('with all others', 0);
    },
  };
}

/** They are kept by the same broker. */
const forgettingLeases = (bus: SimulatedBus, sharing: Sharing | undefined): SimulatedBus => ({
  ...bus,
  empty() {
    bus.empty();
    sharing?.forgetLeases();
  },
});

function openStores(
  world: World,
  owners: Owners,
  sharing: Sharing | undefined,
  breach: (words: string) => void,
) {
  const logs = simulatedLogStore(world);
  const rows = simulatedRowStore(world);
  const bus = forgettingLeases(simulatedBus(world), sharing);
  const readModels = simulatedReadModelStore(world);
  const keys = simulatedKeyStore(world);

  const failed = (process: SimulatedProcess, failure: unknown) => {
    const words = `${process.name} failed: ${textOf(failure)}`;
    // A store that is away comes back, and everybody waits for it.
    breach(words);
    process.end(words);
  };

  return {
    ...{ logs, bus, readModels, keys },
    portsOf: (process: SimulatedProcess, lease: Lease | undefined) => ({
      lease: owners.leaseNow(lease),
      ...(sharing?.join(process, logs.of(process)) ?? { log: logs.of(process) }),
      rows: rows.of(process),
      bus: bus.of(process),
      readModel: readModels.of(process),
      clock: process.clock,
      secret: 'simulated',
      epoch: 'simulated',
      onFailure: (failure: unknown) => failed(process, failure),
    }),
  };
}
