/** The contexts of this process on the servers that all share. */
import type { Clock } from '@holdfast/chassis/clock';
import { mongoEventLog } from '@holdfast/chassis/log/event-log.mongo';
import type { Placement } from '@holdfast/chassis/owning/open-lanes';
import { mongoPersonalKeys } from '@holdfast/chassis/personal/personal-keys.mongo';
import { mongoReadModel } from '@holdfast/chassis/read-model/read-model.mongo';
import { mongoLaneRows } from '@holdfast/chassis/rows/lane-rows.mongo';
import { createInventory } from '@holdfast/inventory/app';
import { createOrders } from '@holdfast/orders/app';
import type { Subgraph } from '@holdfast/schema/subgraph';
import type { Watch } from '../watching/watch.ts';
import type { Broker } from './open-broker.ts';
import type { ClusterStore, Context } from './open-store.ts';

export type RunningContext = {
  readonly subgraph: Subgraph;
  start(): Promise<void>;
  /** Finishes what was decided, and lets its lanes go. */
  stop(): Promise<void>;
};

export type ContextParts = ClusterStore & {
  readonly broker: Broker;
  readonly clock: Clock;
  readonly storefrontCap: number;
  readonly onFailure: (failure: unknown) => void;
  readonly watch: Watch;
};

/** The broker's absence is a reason too: without it nobody hears of what is decided. */
const alsoWithBroker = (subgraph: Subgraph, { notReady }: Broker): Subgraph => ({
  ...subgraph,
  notReady: () => subgraph.notReady() ?? notReady(),
});

const watchedPlacement = (placement: Placement, { leases }: Watch): Placement =>
  placement.type === 'leased' ? { ...placement, leases: leases(placement.leases) } : placement;

export function openContext(name: Context, parts: ContextParts): RunningContext {
  const { store, identity, broker, clock, storefrontCap, onFailure, watch } = parts;
  const { epoch, secret, lanes: laneCount } = identity;
  const common = {
    ...{ clock, epoch, secret, laneCount, storefrontCap, onFailure },
    ...{ bus: watch.bus(broker.bus), tracing: watch.tracing },
    placement: watchedPlacement(broker.placement, watch),
    announcer: broker.announcer,
    log: watch.log(mongoEventLog(store)),
    rows: mongoLaneRows(store, clock),
    readModel: mongoReadModel(store, name),
  };
  const context =
    name === 'inventory'
      ? createInventory(common)
      : createOrders({ ...common, personalKeys: mongoPersonalKeys(store, 'orders') });
  watch.context(context.figures);
  return {
    subgraph: alsoWithBroker(context.subgraph, broker),
    start: () => context.start(),
    stop: () => context.stop(),
  };
}
