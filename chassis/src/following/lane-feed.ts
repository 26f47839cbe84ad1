/**
 * Every commit of some lanes, each lane's in order and without gaps: from the bus as long as it is
 * dense and its chain holds, and from the log whenever it is not (DESIGN 3, Consumer). A version is
 * handed over once.
 */
import { type Bus, type BusPlace, type Delivery, logSubject } from '../bus/bus.ts';
import type { Clock } from '../clock.ts';
import { type Commit, genesisHash, type LaneId, laneKey } from '../commit.ts';
import { type EventLog, type Head, StoreCorrupt } from '../log/event-log.ts';
import { type StopSignal, stopSignal } from '../stop-signal.ts';
import { type Held, type HeldDeliveries, heldDeliveries } from './held-deliveries.ts';

const pageCommits = 256;
/**
 * The bus may lose the last message of a lane and nobody would know: the log is looked at anyway.
 */
const pollMs = 5_000;
const pauseMs = 250;
/** Looks into the log for what the bus seems to know already, before the log is believed. */
const emptyLooksMax = 4;

export type LaneFeedOptions = {
  readonly consumer: string;
  readonly lanes: readonly LaneId[];
  readonly log: EventLog;
  readonly bus: Bus;
  readonly clock: Clock;
  /** Deliveries of the bus that wait for their turn. */
  readonly pendingMax: number;
  /**
   * Takes the next commit; a promise holds back the one after it. A failure stops the lane.
   * @param place its place on the bus; undefined when the log was read before the bus told it
   */
  readonly deliver: (commit: Commit, place: BusPlace | undefined) => Promise<void> | undefined;
  /** The bus tells the place of a commit that was read from the log. */
  readonly placed?: (commit: Commit, place: BusPlace) => void;
};

export type LaneFeed = {
  /** @param from where the consumer stands in each lane, in the order of `lanes` */
  start(from: readonly Head[]): void;
  /** Resolves when nothing is being handed over any more. */
  stop(): Promise<void>;
  /** Why lanes are no longer followed, one sentence each; empty when all is well. */
  broken(): readonly string[];
  /** Resolves when a lane is no longer followed, or at a stop. */
  brokenOnce(): Promise<void>;
  /** The newest version known of a lane, handed over or not. */
  seenVersion(lane: LaneId): number;
  /** The place on the bus up to which everything was handed over, if the bus has places. */
  included(): BusPlace | undefined;
  /** Looks into a lane's log now, and not only when the bus is overdue. */
  hurry(lane: LaneId): void;
};

type FedLane = {
  readonly lane: LaneId;
  last: Head;
  seenVersion: number;
  readonly held: Held;
  /** The log may hold more than was handed over. */
  behind: boolean;
  emptyLooks: number;
  running: Promise<void> | undefined;
  broken: string | undefined;
};

type State = LaneFeedOptions & {
  readonly fed: Map<string, FedLane>;
  readonly deliveries: HeldDeliveries;
  readonly tellBroken: (() => void)[];
  stopping: StopSignal;
  stopConsuming: () => void;
  cancelPoll: () => void;
};

export function laneFeed(options: LaneFeedOptions): LaneFeed {
  const deliveries = heldDeliveries((commit, place) => options.placed?.(commit, place));
  const state: State = {
    ...{ ...options, fed: new Map(), deliveries, tellBroken: [] },
    ...{ stopping: stopSignal(options.clock), stopConsuming: () => {}, cancelPoll: () => {} },
  };
  const { fed, tellBroken } = state;
  return {
    start: (from) => start(state, from),

    async stop() {
      state.stopping.stop();
      state.stopConsuming();
      state.cancelPoll();
      tellAll(state);
      await Promise.all([...fed.values()].map(({ running }) => running));
    },

    broken: () => [...fed.values()].flatMap(({ broken }) => broken ?? []),
    brokenOnce: () =>
      new Promise((resolve) => {
        tellBroken.push(resolve);
      }),
    seenVersion: (lane) => fed.get(laneKey(lane))?.seenVersion ?? 0,
    included: deliveries.included,
    hurry: (lane) => lookInto(state, fed.get(laneKey(lane))),
  };
}

function start(state: State, from: readonly Head[]): void {
  const { consumer, lanes, bus, clock, pendingMax, fed, deliveries } = state;
  state.stopping = stopSignal(clock);
  fed.clear();
  lanes.forEach((lane, at) => {
    const last = from[at] ?? { version: 0, hash: genesisHash };
    fed.set(laneKey(lane), {
      ...{ lane, last, seenVersion: last.version, held: new Map(), behind: true },
      ...{ emptyLooks: 0, running: undefined, broken: undefined },
    });
  });
  const asked = { subjects: lanes.map(logSubject), after: from.map(({ version }) => version) };
  const deliver = (delivery: Delivery) => receive(state, delivery);
  const hears = { deliver, begins: deliveries.begins };
  state.stopConsuming = bus.consume({ consumer, ...asked, pendingMax, ...hears });
  lookIntoLog(state);
}

function receive(state: State, delivery: Delivery): void {
  const { fed, deliveries } = state;
  const { version } = delivery.commit;
  const lane = fed.get(laneKey(delivery.commit));
  if (!lane || lane.broken !== undefined) return delivery.ack();
  deliveries.came(delivery.place);
  if (version <= lane.last.version) return deliveries.drop(delivery);
  if (lane.held.has(version)) return deliveries.done(delivery);
  lane.seenVersion = Math.max(lane.seenVersion, version);
  lane.held.set(version, delivery);
  wake(state, lane);
}

function lookIntoLog(state: State): void {
  for (const lane of state.fed.values()) lookInto(state, lane);
  state.cancelPoll = state.clock.after(pollMs, () => lookIntoLog(state));
}

function lookInto(state: State, lane: FedLane | undefined): void {
  if (!lane) return;
  lane.behind = true;
  wake(state, lane);
}

function wake(state: State, lane: FedLane): void {
  if (state.stopping.stopped() || lane.running || lane.broken !== undefined) return;
  lane.running = run(state, lane)
    .catch((failure: unknown) => breakLane(state, lane, String(failure)))
    .finally(() => {
      lane.running = undefined;
      if (lane.behind || lane.held.size > 0) wake(state, lane);
    });
}

async function run(state: State, lane: FedLane): Promise<void> {
  while (!state.stopping.stopped() && lane.broken === undefined) {
    const delivery = lane.held.get(lane.last.version + 1);
    if (delivery) await takeHeld(state, lane, delivery);
    else if (lane.behind || lane.held.size > 0) {
      const page = await readLog(state, lane);
      if (page) await takeFromLog(state, lane, page);
    } else return;
  }
}

async function takeHeld(state: State, lane: FedLane, delivery: Delivery): Promise<void> {
  const { deliveries } = state;
  const { commit, place } = delivery;
  lane.held.delete(commit.version);
  if (commit.prevHash !== lane.last.hash) {
    // The log says who is right.
    lane.behind = true;
    return deliveries.done(delivery);
  }
  deliveries.settled(place);
  moveTo(lane, commit);
  const taken = state.deliver(commit, place);
  if (taken) await taken;
  delivery.ack();
}

async function readLog(state: State, lane: FedLane): Promise<readonly Commit[] | undefined> {
  lane.behind = false;
  try {
    return await state.log.read(lane.lane, lane.last.version + 1, pageCommits);
  } catch (failure) {
    if (failure instanceof StoreCorrupt) throw failure;
    // It cannot be read just now; nothing is lost by waiting.
    lane.behind = true;
    await state.stopping.pause(pauseMs);
    return undefined;
  }
}

async function takeFromLog(state: State, lane: FedLane, page: readonly Commit[]): Promise<void> {
  for (const commit of page) {
    if (state.stopping.stopped()) return;
    if (commit.version !== lane.last.version + 1 || commit.prevHash !== lane.last.hash) {
      const reason = `the chain breaks at version ${commit.version} (see holdfast verify)`;
      breakLane(state, lane, reason);
      return;
    }
    moveTo(lane, commit);
    const taken = state.deliver(commit, undefined);
    if (taken) await taken;
  }
  state.deliveries.dropUpTo(lane.held, lane.last.version);
  if (page.length > 0) lane.emptyLooks = 0;
  if (page.length === pageCommits) lane.behind = true;
  else if (page.length === 0 && lane.held.size > 0) await noneInLog(state, lane);
}

function moveTo(lane: FedLane, { version, hash }: Commit): void {
  lane.last = { version, hash };
  lane.seenVersion = Math.max(lane.seenVersion, version);
}

/**
 * The bus knows versions that the log does not, time and again: it belongs to another life of the
 * store.
 */
async function noneInLog({ stopping, deliveries }: State, lane: FedLane): Promise<void> {
  lane.emptyLooks += 1;
  if (lane.emptyLooks < emptyLooksMax) {
    await stopping.pause(pauseMs);
    return;
  }
  lane.emptyLooks = 0;
  deliveries.forget(lane.held);
}

function breakLane(state: State, lane: FedLane, reason: string): void {
  lane.broken = `${state.consumer} no longer follows ${laneKey(lane.lane)}: ${reason}`;
  state.deliveries.forget(lane.held);
  tellAll(state);
}

function tellAll({ tellBroken }: State): void {
  for (const tell of tellBroken.splice(0)) tell();
}
