/** The wiring of orders: which part gets which, and in which order they start. */
import { buildSubgraphSchema } from '@apollo/subgraph';
import type { Bus } from '@holdfast/chassis/bus/bus';
import type { Clock } from '@holdfast/chassis/clock';
import { type Recorded, recordedEvents } from '@holdfast/chassis/commit';
import { createFollower, type Follower } from '@holdfast/chassis/following/follower';
import { createLane } from '@holdfast/chassis/lane/create-lane';
import type { LeaseNow } from '@holdfast/chassis/lane/lane';
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
import type { PersonalKeys } from '@holdfast/chassis/personal/personal-keys';
import { createProjector } from '@holdfast/chassis/projecting/projector';
import type { Announcer } from '@holdfast/chassis/publishing/announcer';
import { tellOthers } from '@holdfast/chassis/publishing/tell-others';
import type { ReadModel } from '@holdfast/chassis/read-model/read-model';
import { createRelay } from '@holdfast/chassis/relay/relay';
import type { LaneRows } from '@holdfast/chassis/rows/lane-rows';
import type { OrderId } from '@holdfast/schema/identifiers';
import { ordersSdl } from '@holdfast/schema/sdl';
import type { Subgraph } from '@holdfast/schema/subgraph';
import type { Tracing } from '@holdfast/schema/tracing';
import { parse } from 'graphql';
import { createChangeOrder } from './change-order.ts';
import { createContext, type OrdersDoor } from './graphql/context.ts';
import { createMutations, type Mutations } from './graphql/mutations.ts';
import { resolvers } from './graphql/resolvers.ts';
import { createOrderMessages } from './graphql/subscriptions.ts';
import { inventoryKnown } from './inventory-known.ts';
import { inventoryLookup } from './inventory-lookup.ts';
import { laneOfOrder, type OrderLanes, type OrderLooks, orderLooks } from './looks.ts';
import type { OrderView } from './order/view.ts';
import { type OrderListeners, orderListeners } from './order-listeners.ts';
import { orderReader } from './order-reader.ts';
import { orderWithNumber } from './order-with-number.ts';
import { createPlaceOrder } from './place-order.ts';
import { commandFor, policyName, releasedOrder } from './policies/note-inventory-facts.ts';
import { inventoryFacts } from './projections/inventory-facts.ts';
import { numberOfOrder } from './projections/order-numbers.ts';
import { publicOrderEvent } from './publish.ts';
import {
  checkLaw,
  decideInLane,
  type LaneOrderCommand,
  numbers,
  orders,
  timePassed,
} from './streams.ts';

const context = 'orders';

export type OrdersOptions = {
  readonly log: EventLog;
  readonly rows: LaneRows;
  readonly bus: Bus;
  readonly readModel: ReadModel;
  readonly clock: Clock;
  readonly personalKeys: PersonalKeys;
  /** Keys the hashes of inputs. */
  readonly secret: string;
  /** The store's id, in the cursors of subscriptions. */
  readonly epoch: string;
  /** Of every context, fixed when the store was made: an order's id says which lane is its own. */
  readonly laneCount: number;
  /** All lanes in this process when left out. */
  readonly placement?: Placement;
  /** Tells partners; nobody when left out. */
  readonly announcer?: Announcer | undefined;
  /** None when left out. */
  readonly tracing?: Tracing | undefined;
  /** Called when a lane can no longer be sure of itself. */
  readonly onFailure: (failure: unknown) => void;
  /** See `LaneOptions.lease`. */
  readonly lease?: LeaseNow | undefined;
  /** The largest stock that a storefront is shown. */
  readonly storefrontCap?: number;
};

export type OrdersFigures = ContextFigures & {
  /** Orders that somebody waits for or watches. */
  readonly listenedOrders: number;
};

/** Without GraphQL, as the simulation asks. */
export type OrdersCommands = Mutations & {
  orderById(id: OrderId): Promise<OrderView | undefined>;
};

export type Orders = {
  readonly subgraph: Subgraph;
  readonly commands: OrdersCommands;
  start(): Promise<void>;
  /** Finishes what was decided. */
  stop(): Promise<void>;
  figures(): OrdersFigures;
};

export function createOrders(options: OrdersOptions): Orders {
  const { clock, personalKeys, secret, storefrontCap, epoch } = options;
  const { facts, inventory, byNumber, listeners, releases } = projections(options);
  const processes = new Map<number, Follower>();
  const lanes = openOrderLanes(options, listeners, processes);
  const reader = orderReader(lanes);
  const mutations = createMutations({
    placeOrder: createPlaceOrder({ lanes, clock, personalKeys, inventory, listeners, reader }),
    changeOrder: createChangeOrder({ lanes, clock, releases }),
    ...{ clock, secret, storefrontCap },
  });
  const door: OrdersDoor = {
    ...{ mutations, reader, laneOf: (id) => laneOfOrder(id, lanes.count) },
    orderWithNumber: orderWithNumber(byNumber, lanes.count, options.log, clock),
    messages: createOrderMessages({ reader, listeners, clock, epoch }),
  };
  const parts = [facts, byNumber, lanes];
  let running = false;
  const following = () => [facts, byNumber, ...processes.values()];

  return {
    subgraph: {
      name: 'orders',
      schema: buildSubgraphSchema([{ typeDefs: parse(ordersSdl), resolvers }]),
      createContext: (request) => createContext(door, request),
      notReady: () => (running ? reasonOf(following()) : 'orders has not started'),
      lanes: () => ownedLanes(lanes),
    },
    commands: { ...mutations, orderById: async (id) => (await reader.read([id]))[0] },
    async start() {
      for (const part of parts) await part.start();
      running = true;
    },
    async stop() {
      running = false;
      for (const part of parts.toReversed()) await part.stop();
    },
    figures: () => ({
      lanes: lanes.figures(),
      projections: {
        [inventoryFacts.name]: facts.figures(),
        [numberOfOrder.name]: byNumber.figures(),
      },
      followers: [...processes.values()].map((each) => ({ name: policyName, ...each.figures() })),
      listenedOrders: listeners.count(),
    }),
  };
}

/** What every process knows of orders and of inventory. */
function projections(options: OrdersOptions) {
  const { log, bus, readModel, clock, laneCount, tracing, placement = allHere } = options;
  const isShared = placement.type === 'leased';
  const following = { log, bus, readModel, clock, tracing, isShared };
  const ofInventory = { ...following, lanes: lanesOf('inventory', laneCount) };
  const facts = createProjector({ ...ofInventory, projection: inventoryFacts });
  const inventory = inventoryLookup(inventoryKnown({ ...ofInventory, facts }));
  const byNumber = createProjector({
    ...{ ...following, lanes: lanesOf(context, laneCount), projection: numberOfOrder },
  });
  const listeners = orderListeners();
  byNumber.onApplied((commit) => listeners.tellOf(commit));
  const releases = orderListeners();
  facts.onApplied((commit) => {
    if (releases.count() === 0) return;
    for (const recorded of recordedEvents(commit)) {
      const released = releasedOrder(recorded);
      if (released !== undefined) releases.tell(released);
    }
  });
  return { facts, inventory, byNumber, listeners, releases };
}

/** The lanes of orders; beside each, its relay and what inventory's answers do to orders. */
function openOrderLanes(
  options: OrdersOptions,
  listeners: OrderListeners,
  processes: Map<number, Follower>,
): OrderLanes {
  const { log, rows, bus, readModel, clock, onFailure, laneCount, placement = allHere } = options;
  const { tracing } = options;
  const strife = strifeOf({ clock, log });
  const lanes: OrderLanes = openLanes<LaneOrderCommand, OrderLooks>(placement, {
    ...{ context, count: laneCount, log, clock, looks: orderLooks, onFailure, tracing },
    open: (lane, lease = options.lease) =>
      createLane<LaneOrderCommand>({
        ...{ context, lane, log, rows, clock, lease, strife, onFailure },
        ...{ kinds: [orders, numbers], decide: decideInLane, timePassed, checkLaw },
        // New orders are shed before those that stand are left undecided.
        isUrgent: ({ type }) => type !== 'PlaceOrder',
      }),
    companyOf: (lane) => {
      const process = createFollower({
        ...{ name: policyName, log, bus, readModel, clock, tracing },
        lanes: [{ context: 'inventory', lane }],
        handle: createFactHandler(() => lanes, listeners),
      });
      const { relayed, followed } = besideOwner(placement, bus);
      const relay = createRelay({
        ...{ log, bus: relayed, clock, lanes: [{ context, lane }] },
        ...markIfLeased(placement, readModel),
      });
      const others = tellOthers({
        ...{ name: 'orders.partners', lanes: [{ context, lane }] },
        ...{ log, bus: followed, readModel, clock },
        ...{ announcer: options.announcer, publish: publicOrderEvent },
        parkedOf: lane === 0 ? [policyName] : [],
      });
      return { feeding: [process], carrying: [listed(processes, lane, process), relay, ...others] };
    },
  });
  return lanes;
}

function reasonOf(
  followers: readonly { readonly notReady: () => readonly string[] }[],
): string | undefined {
  const reasons = followers.flatMap((follower) => follower.notReady());
  return reasons.length > 0 ? reasons.join('; ') : undefined;
}

/**
 * Gives inventory's facts to the order process, and tells who waits for its decision once that is
 * durable.
 */
const createFactHandler =
  (lanes: () => OrderLanes, listeners: OrderListeners) =>
  async (events: readonly Recorded[]): Promise<void> => {
    for (const recorded of events) {
      const command = commandFor(recorded);
      if (!command) continue;
      const { order } = command.command;
      const lane = laneOfOrder(order, lanes().count);
      const { outcome } = await lanes().handle(lane, command, 'nothing', undefined);
      // Tried again a little later, when its allocation will have been heard of.
      if ('rejected' in outcome) throw new Error(`${order}: ${outcome.rejected.type}`);
      // Sooner than the projection of this lane's log tells the same.
      listeners.tell(order);
    }
  };
