/** The system under test: inventory and orders as shipped, two processes each, over stores that outlive them. */
import type { LaneId } from '@holdfast/chassis/commit';
import type { LaneBounds } from '@holdfast/chassis/lane';
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
import {
  type SimulatedProcess,
  startProcess,
  UnknownOutcome,
} from '@holdfast/chassis/simulation/simulated-process';
import type { World } from '@holdfast/chassis/simulation/world';
import { createInventory, type Inventory } from '@holdfast/inventory/app';
import { createOrders, type Orders } from '@holdfast/orders/app';

export type Kind = 'inventory' | 'orders';

export type Instance<App> = { readonly process: SimulatedProcess; readonly app: App };

export type System = {
  readonly logs: SimulatedLogStore;
  readonly bus: SimulatedBus;
  readonly readModels: SimulatedReadModelStore;
  readonly keys: SimulatedKeyStore;
  /** Processes there are when all live. */
  readonly instances: number;
  /** Those that live now. */
  inventories(): readonly Instance<Inventory>[];
  orders(): readonly Instance<Orders>[];
  /** Ends all processes at once, and starts them anew from the stores. */
  restartAll(): void;
  /** No process of this kind lives for a while. */
  darken(kind: Kind, forMs: number): void;
  /** Failures that no fault explains. */
  readonly breaches: string[];
};

export const inventoryLane: LaneId = { context: 'inventory', lane: 0 };
export const ordersLane: LaneId = { context: 'orders', lane: 0 };

const restartMs = { least: 5, most: 600 };

/** Small, so that rows are read, written and forgotten all the time. */
const drawBounds = ({ random }: World): Partial<LaneBounds> => ({
  commitCommandsMax: random.pick([2, 8, 1_000]),
  streamsMax: random.pick([3, 8, 100_000]),
  recentOutcomesMax: random.pick([2, 50_000]),
  batchRows: random.pick([2, 10, 2_000]),
  ...random.pick([{}, {}, { waitingMax: 4, waitingUrgent: 2 }]),
});

export function createSystem(world: World): System {
  const logs = simulatedLogStore(world);
  const rows = simulatedRowStore(world);
  const bus = simulatedBus(world);
  const readModels = simulatedReadModelStore(world);
  const keys = simulatedKeyStore(world);
  const bounds = drawBounds(world);
  const breaches: string[] = [];
  const darkUntilMs = { inventory: 0, orders: 0 };
  const inventories: (Instance<Inventory> | undefined)[] = [];
  const orders: (Instance<Orders> | undefined)[] = [];

  const portsOf = (process: SimulatedProcess) => ({
    log: logs.of(process),
    rows: rows.of(process),
    bus: bus.of(process),
    readModel: readModels.of(process),
    clock: process.clock,
    secret: 'simulated',
    epoch: 'simulated',
    onFailure: (failure: unknown) => failed(process, failure),
  });

  function failed(process: SimulatedProcess, failure: unknown) {
    // A store that fails may stop a lane, as long as the next life goes on from it; nothing else may.
    if (!(failure instanceof UnknownOutcome)) breaches.push(`${process.name} failed: ${textOf(failure)}`);
    world.note('lane stopped by a failure');
    process.end(`because its lane failed: ${textOf(failure)}`);
  }

  function keepRunning<App extends { start(): Promise<void> }>(
    kind: Kind,
    places: (Instance<App> | undefined)[],
    at: number,
    create: (process: SimulatedProcess) => App,
  ) {
    const process = startProcess(world, `${kind}-${at + 1}`);
    const app = create(process);
    places[at] = { process, app };
    process.onEnd((why) => {
      places[at] = undefined;
      world.note(why.includes('append') ? 'crash around an append' : 'crash');
      const restart = () => keepRunning(kind, places, at, create);
      const dark = Math.max(0, darkUntilMs[kind] - world.now());
      world.after(dark + world.random.between(restartMs.least, restartMs.most), restart);
    });
    app.start().catch((failure: unknown) => {
      if (!(failure instanceof UnknownOutcome)) breaches.push(`${kind} cannot start: ${textOf(failure)}`);
      process.end(`because it cannot start: ${textOf(failure)}`);
    });
  }

  const createOneInventory = (process: SimulatedProcess) =>
    createInventory({ ...portsOf(process), storefrontCap: Number.POSITIVE_INFINITY, bounds });

  const createOneOrders = (process: SimulatedProcess) =>
    createOrders({ ...portsOf(process), personalKeys: keys.of(process), laneCount: 1 });

  // Alone as embedded, or two of each that both believe to own the lane.
  const instancesOfEach = world.random.pick([1, 2, 2]);
  for (let at = 0; at < instancesOfEach; at += 1) {
    keepRunning('inventory', inventories, at, createOneInventory);
    keepRunning('orders', orders, at, createOneOrders);
  }

  return {
    ...{ logs, bus, readModels, keys, breaches, instances: 2 * instancesOfEach },
    inventories: () => inventories.filter((instance) => instance !== undefined),
    orders: () => orders.filter((instance) => instance !== undefined),
    darken(kind, forMs) {
      darkUntilMs[kind] = world.now() + forMs;
      world.note('all processes of one kind down for long');
      const places = kind === 'inventory' ? inventories : orders;
      for (const instance of places) instance?.process.end('in the dark');
    },
    restartAll() {
      for (const instance of [...inventories, ...orders]) instance?.process.end('with all others');
    },
  };
}

const textOf = (failure: unknown): string =>
  failure instanceof Error ? `${failure.name}: ${failure.message}` : String(failure);
