/** The inventory subgraph, wired. */
import { createHmac } from 'node:crypto';
import { buildSubgraphSchema } from '@apollo/subgraph';
import type { Bus } from '@holdfast/chassis/bus/bus';
import type { Clock } from '@holdfast/chassis/clock';
import type { CommandRecord } from '@holdfast/chassis/commit';
import { createFollower, type Follower } from '@holdfast/chassis/following/follower';
import type { Handled, LaneBounds, LeaseNow } from '@holdfast/chassis/lane/lane';
import { strifeOf } from '@holdfast/chassis/lane/strife';
import type { EventLog } from '@holdfast/chassis/log/event-log';
import { besideOwner } from '@holdfast/chassis/owning/beside-owner';
import type { ContextFigures } from '@holdfast/chassis/owning/context-figures';
import { listed } from '@holdfast/chassis/owning/lane-company';
import { lanesOf, ownedLanes } from '@holdfast/chassis/owning/lanes';
import {
  allHere,
  markIfLeased,
  openLanes,
  type Placement,
} from '@holdfast/chassis/owning/open-lanes';
import { createProjector, type ProjectorFigures } from '@holdfast/chassis/projecting/projector';
import type { Announcer } from '@holdfast/chassis/publishing/announcer';
import { tellOthers } from '@holdfast/chassis/publishing/tell-others';
import type { ReadModel } from '@holdfast/chassis/read-model/read-model';
import { createRelay } from '@holdfast/chassis/relay/relay';
import type { LaneRows } from '@holdfast/chassis/rows/lane-rows';
import type { View } from '@holdfast/chassis/stream-kind';
import type { Sku } from '@holdfast/schema/identifiers';
import { inventorySdl } from '@holdfast/schema/sdl';
import type { Subgraph } from '@holdfast/schema/subgraph';
import type { Tracing } from '@holdfast/schema/tracing';
import { parse } from 'graphql';
import type { InventoryCommand } from './decide.ts';
import { fillAfterCatalog, fillingName } from './fill-after-catalog.ts';
import { createContext, type InventoryServices } from './graphql/context.ts';
import { createResolvers } from './graphql/resolvers.ts';
import { commandHandler } from './handle-command.ts';
import {
  catalogLane,
  inventoryContext,
  inventoryLane,
  type Ledger,
  viewWithCatalog,
} from './ledger.ts';
import { type InventoryLooks, inventoryLooks } from './looks.ts';
import { settleClaims, settlingName } from './over-lanes/follow-claims.ts';
import { commandFor, servingName } from './policies/serve-orders.ts';
import {
  type AvailabilityDocument,
  availabilityProjection,
  catalogCollection,
} from './projections/availability.ts';
import { availabilityFeed } from './projections/availability-feed.ts';
import { movementsProjection, type StockMovement } from './projections/movements.ts';
import { publicStockEvent } from './publish.ts';
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
  /** Of every context, fixed when the store was made; 1 when left out. */
  readonly laneCount?: number;
  /** All lanes in this process when left out. */
  readonly placement?: Placement;
  /** None when left out. */
  readonly tracing?: Tracing | undefined;
  /** Tells partners; nobody when left out. */
  readonly announcer?: Announcer | undefined;
};

export type Inventory = {
  readonly subgraph: Subgraph;
  readonly ledger: Ledger;
  readonly reads: InventoryReads;
  start(): Promise<void>;
  stop(): Promise<void>;
  /** A command from inside the system, e.g. an import. */
  command(
    command: InventoryCommand,
    record: CommandRecord,
  ): Promise<Handled<undefined> & { readonly lane: number }>;
  /** Forgets what is derived and folds it again from the log. */
  rebuild(): Promise<void>;
  figures(): ContextFigures;
};

export function createInventory(options: InventoryOptions): Inventory {
  const { log, clock, secret, laneCount = 1, placement = allHere } = options;
  const lanes = lanesOf(inventoryContext, laneCount);
  const following = { ...options, lanes, isShared: placement.type === 'leased' };
  const availability = createProjector<AvailabilityDocument>({
    ...{ ...following, projection: availabilityProjection },
  });
  const movements = createProjector<StockMovement>({
    ...{ ...following, projection: movementsProjection },
  });
  const serving: Serving = new Map();
  const ledger = openLedger(options, () => reads, serving);
  const logOfOthers = placement.type === 'here' ? undefined : log;
  const reads = inventoryReads(ledger, availability, movements, clock, logOfOthers);
  const handle = commandHandler(ledger, clock);
  const feed = availabilityFeed();
  availability.onApplied((_, changed) => {
    for (const { collection, id } of changed) {
      feed.tell(collection === catalogCollection ? 'all' : (id as Sku));
    }
  });
  let ready = false;

  const services: InventoryServices = {
    ...{ ledger, handle, reads, clock, now: clock.now, newId: clock.newId },
    fingerprint: (text) => createHmac('sha256', secret).update(text).digest('base64url'),
    storefrontCap: options.storefrontCap,
  };
  const resolvers = createResolvers({ feed, epoch: options.epoch, after: clock.after });
  const schema = buildSubgraphSchema([{ typeDefs: parse(inventorySdl), resolvers }]);

  return {
    ledger,
    reads,
    subgraph: {
      ...{ name: 'inventory', schema },
      createContext: (request) => createContext(services, request),
      notReady: () => (ready ? undefined : 'inventory is still folding its log'),
      lanes: () => ownedLanes(ledger),
    },
    async start() {
      await Promise.all([availability.start(), movements.start()]);
      await reads.start();
      await ledger.start();
      ready = true;
    },
    async stop() {
      ready = false;
      await ledger.stop();
      await Promise.all([availability.stop(), movements.stop()]);
    },
    command: (command, record) => handle(command, record, 'nothing', undefined),
    async rebuild() {
      await Promise.all([availability.rebuild(), movements.rebuild()]);
      await reads.start();
    },
    figures: () => figuresOf(ledger, { availability, movements }, serving),
  };
}

/** By lane and name: what follows beside a lane, as it was last opened. */
type Serving = Map<number, Readonly<Record<string, Follower>>>;

function figuresOf(
  ledger: Ledger,
  projectors: Readonly<Record<string, { figures(): ProjectorFigures }>>,
  serving: Serving,
): ContextFigures {
  return {
    lanes: ledger.figures(),
    projections: Object.fromEntries(
      Object.entries(projectors).map(([name, projector]) => [name, projector.figures()]),
    ),
    followers: [...serving.values()].flatMap((beside) =>
      Object.entries(beside).map(([name, follower]) => ({ name, ...follower.figures() })),
    ),
  };
}

const noWait = Promise.resolve();

/** @param reads of this process; asked only once lanes are being opened */
function openLedger(
  options: InventoryOptions,
  reads: () => InventoryReads,
  serving: Serving,
): Ledger {
  const { log, bus, clock, readModel, laneCount = 1, placement = allHere } = options;
  const strife = strifeOf({ clock, log });
  const viewOf = (lane: number, view: View) => viewWithCatalog(lane, () => reads().catalog())(view);
  const ledger: Ledger = openLanes<InventoryCommand, InventoryLooks>(placement, {
    ...{ context: inventoryContext, count: laneCount, log, clock, looks: inventoryLooks, viewOf },
    ...{ onFailure: options.onFailure, tracing: options.tracing },
    open: (lane, lease = options.lease) =>
      inventoryLane({ ...options, lease, strife }, lane, (view) => viewOf(lane, view)),
    companyOf: (lane) => {
      const { relayed, followed } = besideOwner(placement, bus);
      const following = { ...options, bus: followed };
      const followers = {
        [servingName]: serveOrders(options, lane, () => ledger),
        ...(laneCount > 1 && { [settlingName]: settleClaims(following, lane, () => ledger) }),
        ...(lane === catalogLane && {
          [fillingName]: fillAfterCatalog(following, () => ledger, reads),
        }),
      };
      const relay = createRelay({
        ...{ log, bus: relayed, clock, lanes: [{ context: inventoryContext, lane }] },
        ...markIfLeased(placement, readModel),
      });
      const others = tellOthers({
        ...{ name: 'inventory.partners', lanes: [{ context: inventoryContext, lane }] },
        ...{ log, bus: followed, readModel, clock },
        ...{ announcer: options.announcer, publish: publicStockEvent },
        parkedOf: lane === catalogLane ? Object.keys(followers) : [],
      });
      const carrying = [listed(serving, lane, followers), relay, ...others];
      return { feeding: Object.values(followers), carrying };
    },
    beforeOpen: (lane) => (lane === catalogLane ? noWait : reads().seesCatalog(log)),
  });
  return ledger;
}

/** Does what one lane of orders asks for, whichever lanes of inventory that concerns. */
const serveOrders = (
  { log, bus, readModel, clock, tracing }: InventoryOptions,
  lane: number,
  ledger: () => Ledger,
) =>
  createFollower({
    ...{ name: servingName, lanes: [{ context: 'orders', lane }] },
    ...{ log, bus, readModel, clock, tracing },
    async handle(events) {
      const handle = commandHandler(ledger(), clock);
      for (const recorded of events) {
        const asked = commandFor(recorded);
        if (!asked) continue;
        const { command, record } = asked;
        await handle(command, record, 'nothing', undefined);
      }
    },
  });
