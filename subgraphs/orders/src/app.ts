/** The wiring of orders: which part gets which, and in which order they start. */
import { buildSubgraphSchema } from '@apollo/subgraph';
import type { Bus } from '@holdfast/chassis/bus';
import type { Clock } from '@holdfast/chassis/clock';
import type { LaneId, Recorded } from '@holdfast/chassis/commit';
import { createLane } from '@holdfast/chassis/create-lane';
import type { EventLog } from '@holdfast/chassis/event-log';
import { createFollower, type FollowerFigures } from '@holdfast/chassis/follower';
import type { Lane, LaneFigures, LeaseNow } from '@holdfast/chassis/lane';
import type { LaneRows } from '@holdfast/chassis/lane-rows';
import type { PersonalKeys } from '@holdfast/chassis/personal-keys';
import {
  createProjector,
  type Projector,
  type ProjectorFigures,
} from '@holdfast/chassis/projector';
import type { ReadModel } from '@holdfast/chassis/read-model';
import { createRelay } from '@holdfast/chassis/relay';
import type { OrderId } from '@holdfast/schema/identifiers';
import { ordersSdl } from '@holdfast/schema/sdl';
import type { Subgraph } from '@holdfast/schema/subgraph';
import { parse } from 'graphql';
import { createChangeOrder } from './change-order.ts';
import { numbersWaitMs } from './config.ts';
import { createContext, type OrdersDoor } from './graphql/context.ts';
import { createMutations, type Mutations } from './graphql/mutations.ts';
import { resolvers } from './graphql/resolvers.ts';
import { createOrderMessages } from './graphql/subscriptions.ts';
import { inventoryKnown } from './inventory-known.ts';
import { inventoryLookup } from './inventory-lookup.ts';
import type { OrderView } from './order/view.ts';
import { type OrderListeners, orderListeners } from './order-listeners.ts';
import { orderReader } from './order-reader.ts';
import { createPlaceOrder } from './place-order.ts';
import { commandFor, policyName, releasedOrder } from './policies/note-inventory-facts.ts';
import { inventoryFacts } from './projections/inventory-facts.ts';
import { type NumberOfOrder, numberOfOrder, orderNumbers } from './projections/order-numbers.ts';
import { within } from './sleeper.ts';
import {
  checkLaw,
  decideInLane,
  type LaneOrderCommand,
  numbers,
  orders,
  timePassed,
} from './streams.ts';

const ownLane: LaneId = { context: 'orders', lane: 0 };

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
  /** Of every context; with more than one, an order's id says which lane is its own. */
  readonly laneCount: 1;
  /** Called when a lane can no longer be sure of itself. */
  readonly onFailure: (failure: unknown) => void;
  /** See `LaneOptions.lease`. */
  readonly lease?: LeaseNow | undefined;
  /** The largest stock that a storefront is shown. */
  readonly storefrontCap?: number;
};

export type OrdersFigures = {
  readonly lane: LaneFigures;
  readonly process: FollowerFigures;
  readonly inventoryFacts: ProjectorFigures;
  readonly orderNumbers: ProjectorFigures;
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
  const own = ownOrders(options);
  const { lane, reader, listeners, byNumber } = own;
  const { inventory, facts, process, releases } = followInventory(options, lane, listeners);
  const mutations = createMutations({
    placeOrder: createPlaceOrder({ lane, clock, personalKeys, inventory, listeners, reader }),
    changeOrder: createChangeOrder({ lane, clock, releases }),
    ...{ secret, storefrontCap },
  });
  const messages = createOrderMessages({ reader, listeners, clock, epoch });
  const byNumberNow = orderWithNumber(byNumber, lane, clock);
  const door: OrdersDoor = { mutations, reader, orderWithNumber: byNumberNow, messages };
  // The lane first: what follows sends it commands.
  const parts = [lane, own.relay, facts, byNumber, process];
  let running = false;

  return {
    subgraph: {
      name: 'orders',
      schema: buildSubgraphSchema([{ typeDefs: parse(ordersSdl), resolvers }]),
      createContext: (request) => createContext(door, request),
      notReady: () => (running ? reasonOf([facts, byNumber, process]) : 'orders has not started'),
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
      lane: lane.figures(),
      process: process.figures(),
      inventoryFacts: facts.figures(),
      orderNumbers: byNumber.figures(),
      listenedOrders: listeners.count(),
    }),
  };
}

/** The lane of orders, its log on the bus, and who looks at both. */
function ownOrders({ log, rows, bus, readModel, clock, lease, onFailure }: OrdersOptions) {
  const lane = createLane<LaneOrderCommand>({
    ...{ ...ownLane, log, rows, clock, lease, onFailure },
    ...{ kinds: [orders, numbers], decide: decideInLane, timePassed, checkLaw },
    // New orders are shed before those that stand are left undecided.
    isUrgent: ({ type }) => type !== 'PlaceOrder',
  });
  const lanes = [ownLane];
  const byNumber = createProjector({
    ...{ log, bus, readModel, clock, lanes, projection: numberOfOrder },
  });
  const listeners = orderListeners();
  byNumber.onApplied((commit) => listeners.tellOf(commit));
  const relay = createRelay({ log, bus, clock, lanes });
  return { lane, relay, byNumber, listeners, reader: orderReader(lane) };
}

/** What is known of inventory, and what its answers do to orders. */
function followInventory(
  { log, bus, readModel, clock, laneCount }: OrdersOptions,
  lane: Lane<LaneOrderCommand>,
  listeners: OrderListeners,
) {
  const lanes = Array.from({ length: laneCount }, (_, at) => ({ context: 'inventory', lane: at }));
  const following = { log, bus, readModel, clock, lanes };
  const facts = createProjector({ ...following, projection: inventoryFacts });
  const inventory = inventoryLookup(inventoryKnown({ facts, lanes, log, clock }));
  const releases = orderListeners();
  const handle = createFactHandler(lane, listeners, releases);
  const process = createFollower({ ...following, name: policyName, handle });
  return { facts, inventory, process, releases };
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
  (lane: Lane<LaneOrderCommand>, listeners: OrderListeners, releases: OrderListeners) =>
  async (events: readonly Recorded[]): Promise<void> => {
    for (const recorded of events) {
      const released = releasedOrder(recorded);
      if (released !== undefined) releases.tell(released);
      const command = commandFor(recorded);
      if (!command) continue;
      await lane.handle(command, () => undefined);
      // Sooner than the projection of this lane's log tells the same.
      listeners.tell(command.command.order);
    }
  };

const orderWithNumber =
  (byNumber: Projector<NumberOfOrder>, lane: Lane<LaneOrderCommand>, clock: Clock) =>
  async (number: string): Promise<OrderId | undefined> => {
    const reached = byNumber.reached(ownLane, lane.durableVersion());
    if (reached) await within(clock, numbersWaitMs, reached);
    const [found] = await byNumber.read(orderNumbers, [number]);
    return found?.order;
  };
