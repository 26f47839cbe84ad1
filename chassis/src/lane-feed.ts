/**
 * Every commit of some lanes, each lane's in order and without gaps: from the bus as long as it is
 * dense and its chain holds, and from the log whenever it is not (DESIGN 3, Consumer). A version is
 * handed over once.
 */
import { type Bus, type Delivery, logSubject } from './bus.ts';
import type { Clock } from './clock.ts';
import { type Commit, genesisHash, type LaneId } from './commit.ts';
import { type EventLog, type Head, StoreCorrupt } from './event-log.ts';
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
  /** Takes the next commit; a promise holds back the one after it. A failure stops the lane. */
  readonly deliver: (commit: Commit) => Promise<void> | undefined;
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
};

type FedLane = {
  readonly lane: LaneId;
  last: Head;
  seenVersion: number;
  readonly held: Map<number, Delivery>;
  /** The log may hold more than was handed over. */
  behind: boolean;
  emptyLooks: number;
  running: Promise<void> | undefined;
  broken: string | undefined;
};

export const laneKey = ({ context, lane }: LaneId): string => `${context}:${lane}`;

export function laneFeed(options: LaneFeedOptions): LaneFeed {
  const { consumer, lanes, log, bus, clock, pendingMax } = options;
  const fed = new Map<string, FedLane>();
  let stopping = stopSignal(clock);
  let stopConsuming = () => {};
  let cancelPoll = () => {};
  let tellBroken: (() => void)[] = [];

  const tellAll = () => {
    for (const tell of tellBroken) tell();
    tellBroken = [];
  };

  const breakLane = (state: FedLane, reason: string) => {
    state.broken = `${consumer} no longer follows ${laneKey(state.lane)}: ${reason}`;
    for (const { ack } of state.held.values()) ack();
    state.held.clear();
    tellAll();
  };

  const hand = (state: FedLane, commit: Commit): Promise<void> | undefined => {
    state.last = { version: commit.version, hash: commit.hash };
    state.seenVersion = Math.max(state.seenVersion, commit.version);
    return options.deliver(commit);
  };

  const dropApplied = (state: FedLane) => {
    for (const [version, { ack }] of state.held) {
      if (version > state.last.version) continue;
      state.held.delete(version);
      ack();
    }
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
    for (const { ack } of state.held.values()) ack();
    state.held.clear();
  };

  const takeFromLog = async (state: FedLane, page: readonly Commit[]) => {
    for (const commit of page) {
      if (stopping.stopped()) return;
      if (commit.version !== state.last.version + 1 || commit.prevHash !== state.last.hash) {
        breakLane(state, `the chain breaks at version ${commit.version} (see holdfast verify)`);
        return;
      }
      const taken = hand(state, commit);
      if (taken) await taken;
    }
    dropApplied(state);
    if (page.length > 0) state.emptyLooks = 0;
    if (page.length === pageCommits) state.behind = true;
    else if (page.length === 0 && state.held.size > 0) await noneInLog(state);
  };

  const takeHeld = async (state: FedLane, delivery: Delivery) => {
    state.held.delete(delivery.commit.version);
    if (delivery.commit.prevHash === state.last.hash) {
      const taken = hand(state, delivery.commit);
      if (taken) await taken;
    } else {
      // The log says who is right.
      state.behind = true;
    }
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
    if (!state || state.broken !== undefined || version <= state.last.version)
      return delivery.ack();
    if (state.held.has(version)) return delivery.ack();
    state.seenVersion = Math.max(state.seenVersion, version);
    state.held.set(version, delivery);
    wake(state);
  };

  const lookIntoLog = () => {
    for (const state of fed.values()) {
      state.behind = true;
      wake(state);
    }
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
      stopConsuming = bus.consume({ consumer, ...asked, pendingMax, deliver: receive });
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
  };
}
