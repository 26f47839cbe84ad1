/** The inventory subgraph, wired. */
import { createHmac } from 'node:crypto';
import { buildSubgraphSchema } from '@apollo/subgraph';
import type { Bus } from '@holdfast/chassis/bus';
import type { Clock } from '@holdfast/chassis/clock';
import type { CommandRecord } from '@holdfast/chassis/commit';
import type { EventLog } from '@holdfast/chassis/event-log';
import { createFollower } from '@holdfast/chassis/follower';
import type { LaneBounds, LeaseNow } from '@holdfast/chassis/lane';
import type { LaneRows } from '@holdfast/chassis/lane-rows';
import { createProjector } from '@holdfast/chassis/projector';
import type { ReadModel } from '@holdfast/chassis/read-model';
import { createRelay } from '@holdfast/chassis/relay';
import type { Sku } from '@holdfast/schema/identifiers';
import { inventorySdl } from '@holdfast/schema/sdl';
import type { Subgraph } from '@holdfast/schema/subgraph';
import { parse } from 'graphql';
import type { InventoryCommand } from './decide.ts';
import { createContext, type InventoryServices } from './graphql/context.ts';
import { createResolvers } from './graphql/resolvers.ts';
import { createLedger, inventoryLane, type Ledger, laneCommand } from './ledger.ts';
import { commandFor } from './policies/serve-orders.ts';
import {
  type AvailabilityDocument,
  availabilityProjection,
  catalogCollection,
} from './projections/availability.ts';
import { availabilityFeed } from './projections/availability-feed.ts';
import { movementsProjection, type StockMovement } from './projections/movements.ts';
import { type InventoryReads, inventoryReads } from './reads.ts';

export type InventoryOptions = {
  readonly log: EventLog;
  readonly rows: LaneRows;
  readonly bus: Bus;
  readonly readModel: ReadModel;
  readonly clock: Clock;
  /** Keys the hashes of inputs and buyers. */
  readonly secret: string;
  /** Names the store in cursors. */
  readonly epoch: string;
  /** The largest quantity that a storefront is shown; Infinity shows all. */
  readonly storefrontCap: number;
  readonly onFailure: (failure: unknown) => void;
  /** See `LaneOptions.lease`. */
  readonly lease?: LeaseNow | undefined;
  readonly bounds?: Partial<LaneBounds>;
};

export type Inventory = {
  readonly subgraph: Subgraph;
  readonly ledger: Ledger;
  readonly reads: InventoryReads;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** A command from inside the system, e.g. an import. */
  command(command: InventoryCommand, record: CommandRecord): ReturnType<Ledger['handle']>;
  /** Forgets what is derived and folds it again from the log. */
  rebuild(): Promise<void>;
};

export function createInventory(options: InventoryOptions): Inventory {
  const { log, bus, readModel, clock, secret } = options;
  const ledger = createLedger(options);
  const ours = { lanes: [inventoryLane], log, bus, readModel, clock };
  const relay = createRelay(ours);
  const availability = createProjector<AvailabilityDocument>({
    ...ours,
    projection: availabilityProjection,
  });
  const movements = createProjector<StockMovement>({ ...ours, projection: movementsProjection });
  const serveOrders = createFollower({
    ...{ ...ours, name: 'inventory.serve-orders', lanes: [{ context: 'orders', lane: 0 }] },
    async handle(events) {
      for (const recorded of events) {
        const asked = commandFor(recorded);
        if (asked) await ledger.handle(laneCommand(asked.command, asked.record), () => undefined);
      }
    },
  });
  const reads = inventoryReads(ledger, availability, movements);
  const feed = availabilityFeed();
  availability.onApplied((_, changed) => {
    for (const { collection, id } of changed) {
      feed.tell(collection === catalogCollection ? 'all' : (id as Sku));
    }
  });
  let ready = false;

  const services: InventoryServices = {
    ...{ ledger, reads, now: clock.now, newId: clock.newId },
    fingerprint: (text) => createHmac('sha256', secret).update(text).digest('base64url'),
    storefrontCap: options.storefrontCap,
  };
  const resolvers = createResolvers({ feed, epoch: options.epoch, after: clock.after });
  const schema = buildSubgraphSchema([{ typeDefs: parse(inventorySdl), resolvers }]);

  return {
    ledger,
    reads,
    subgraph: {
      name: 'inventory',
      schema,
      createContext: (request) => createContext(services, request),
      notReady: () => (ready ? undefined : 'inventory is still folding its log'),
    },
    async start() {
      await ledger.start();
      await relay.start();
      await Promise.all([availability.start(), movements.start()]);
      await reads.start();
      await serveOrders.start();
      ready = true;
    },
    async stop() {
      ready = false;
      await serveOrders.stop();
      await ledger.stop();
      await relay.stop();
      await Promise.all([availability.stop(), movements.stop()]);
    },
    command: (command, record) => ledger.handle(laneCommand(command, record), () => undefined),
    async rebuild() {
      await Promise.all([availability.rebuild(), movements.rebuild()]);
      await reads.start();
    },
  };
}
