/**
 * Every commit of some lanes, each lane's in order and without gaps: from the bus as long as it is
 * dense and its chain holds, and from the log whenever it is not (DESIGN 3, Consumer). A version is
 * handed over once.
 */
import { type Bus, type BusPlace, type Delivery, logSubject } from './bus.ts';
import type { Clock } from './clock.ts';
import { type Commit, genesisHash, type LaneId, laneKey } from './commit.ts';
import { type EventLog, type Head, StoreCorrupt } from './event-log.ts';
import { type Held, heldDeliveries } from './held-deliveries.ts';
import { stopSignal } from './stop-signal.ts';

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

export function laneFeed(options: LaneFeedOptions): LaneFeed {
  const { consumer, lanes, log, bus, clock, pendingMax } = options;
  const fed = new Map<string, FedLane>();
  const deliveries = heldDeliveries((commit, place) => options.placed?.(commit, place));
  let stopping = stopSignal(clock);
  let stopConsuming = () => {};
  let cancelPoll = () => {};
  const tellBroken: (() => void)[] = [];

  const tellAll = () => {
    for (const tell of tellBroken.splice(0)) tell();
  };

  const breakLane = (state: FedLane, reason: string) => {
    state.broken = `${consumer} no longer follows ${laneKey(state.lane)}: ${reason}`;
    deliveries.forget(state.held);
    tellAll();
  };

  const hand = (state: FedLane, commit: Commit, place: BusPlace | undefined) => {
    state.last = { version: commit.version, hash: commit.hash };
    state.seenVersion = Math.max(state.seenVersion, commit.version);
    return options.deliver(commit, place);
  };

  /**
   * The bus knows versions that the log does not, time and again: it belongs to another life of the
   * store.
   */
  const noneInLog = async (state: FedLane) => {
    state.emptyLooks += 1;
    if (state.emptyLooks < emptyLooksMax) {
      await stopping.pause(pauseMs);
      return;
    }
    state.emptyLooks = 0;
    deliveries.forget(state.held);
  };

  const takeFromLog = async (state: FedLane, page: readonly Commit[]) => {
    for (const commit of page) {
      if (stopping.stopped()) return;
      if (commit.version !== state.last.version + 1 || commit.prevHash !== state.last.hash) {
        breakLane(state, `the chain breaks at version ${commit.version} (see holdfast verify)`);
        return;
      }
      const taken = hand(state, commit, undefined);
      if (taken) await taken;
    }
    deliveries.dropUpTo(state.held, state.last.version);
    if (page.length > 0) state.emptyLooks = 0;
    if (page.length === pageCommits) state.behind = true;
    else if (page.length === 0 && state.held.size > 0) await noneInLog(state);
  };

  const takeHeld = async (state: FedLane, delivery: Delivery) => {
    const { commit, place } = delivery;
    state.held.delete(commit.version);
    if (commit.prevHash !== state.last.hash) {
      // The log says who is right.
      state.behind = true;
      return deliveries.done(delivery);
    }
    deliveries.settled(place);
    const taken = hand(state, commit, place);
    if (taken) await taken;
    delivery.ack();
  };

  const readLog = async (state: FedLane): Promise<readonly Commit[] | undefined> => {
    state.behind = false;
    try {
      return await log.read(state.lane, state.last.version + 1, pageCommits);
    } catch (failure) {
      if (failure instanceof StoreCorrupt) throw failure;
      // It cannot be read just now; nothing is lost by waiting.
      state.behind = true;
      await stopping.pause(pauseMs);
      return undefined;
    }
  };

  const run = async (state: FedLane) => {
    while (!stopping.stopped() && state.broken === undefined) {
      const delivery = state.held.get(state.last.version + 1);
      if (delivery) await takeHeld(state, delivery);
      else if (state.behind || state.held.size > 0) {
        const page = await readLog(state);
        if (page) await takeFromLog(state, page);
      } else return;
    }
  };

  const wake = (state: FedLane) => {
    if (stopping.stopped() || state.running || state.broken !== undefined) return;
    state.running = run(state)
      .catch((failure: unknown) => breakLane(state, String(failure)))
      .finally(() => {
        state.running = undefined;
        if (state.behind || state.held.size > 0) wake(state);
      });
  };

  const receive = (delivery: Delivery) => {
    const { version } = delivery.commit;
    const state = fed.get(laneKey(delivery.commit));
    if (!state || state.broken !== undefined) return delivery.ack();
    deliveries.came(delivery.place);
    if (version <= state.last.version) return deliveries.drop(delivery);
    if (state.held.has(version)) return deliveries.done(delivery);
    state.seenVersion = Math.max(state.seenVersion, version);
    state.held.set(version, delivery);
    wake(state);
  };

  const lookInto = (state: FedLane | undefined) => {
    if (!state) return;
    state.behind = true;
    wake(state);
  };

  const lookIntoLog = () => {
    for (const state of fed.values()) lookInto(state);
    cancelPoll = clock.after(pollMs, lookIntoLog);
  };

  return {
    start(from) {
      stopping = stopSignal(clock);
      fed.clear();
      lanes.forEach((lane, at) => {
        const last = from[at] ?? { version: 0, hash: genesisHash };
        fed.set(laneKey(lane), {
          ...{ lane, last, seenVersion: last.version, held: new Map(), behind: true },
          ...{ emptyLooks: 0, running: undefined, broken: undefined },
        });
      });
      const asked = { subjects: lanes.map(logSubject), after: from.map(({ version }) => version) };
      const hears = { deliver: receive, begins: deliveries.begins };
      stopConsuming = bus.consume({ consumer, ...asked, pendingMax, ...hears });
      lookIntoLog();
    },

    async stop() {
      stopping.stop();
      stopConsuming();
      cancelPoll();
      tellAll();
      await Promise.all([...fed.values()].map(({ running }) => running));
    },

    broken: () => [...fed.values()].flatMap(({ broken }) => broken ?? []),
    brokenOnce: () =>
      new Promise((resolve) => {
        tellBroken.push(resolve);
      }),
    seenVersion: (lane) => fed.get(laneKey(lane))?.seenVersion ?? 0,
    included: deliveries.included,
    hurry: (lane) => lookInto(fed.get(laneKey(lane))),
  };
}
