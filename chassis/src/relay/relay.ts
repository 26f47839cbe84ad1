/**
 * Carries what a log holds to the bus: in order, at least once, from the log and never from an
 * owner's memory.
 */
import { type Bus, logSubject, messageId } from '../bus/bus.ts';
import type { Clock } from '../clock.ts';
import { type Commit, type LaneId, laneKey } from '../commit.ts';
import type { EventLog } from '../log/event-log.ts';
import type { ReadModel } from '../read-model/read-model.ts';
import { type StopSignal, stopSignal } from '../stop-signal.ts';
import { relayMarks } from './relay-marks.ts';
import { BusAway, fromBus, type RelayStart, relayStart } from './relay-start.ts';

const windowCommits = 64;
/** Commits under way at the same time, together; one is sent however long it is. */
const windowCharacters = 4 * 1024 * 1024;
/** The bus may be lost, and be another one; one look is enough for the relays of all lanes. */
const lookAtBusMs = 1_000;
const lookAgeMsMax = 500;
/** Hints may be lost, so the log is looked at anyway, each so many looks at the bus. */
const looksForLog = 2;
const pauseAfterFailureMs = 100;

export type RelayOptions = {
  readonly lanes: readonly LaneId[];
  readonly log: EventLog;
  readonly bus: Bus;
  readonly clock: Clock;
  /**
   * Where the mark of what the bus has is kept; without it a bus that knows nothing begins with
   * what comes now.
   */
  readonly mark?: Pick<ReadModel, 'position' | 'write'>;
};

export type Relay = {
  start(): Promise<void>;
  stop(): Promise<void>;
  /** The bus has everything of the lane up to this version. */
  publishedVersion(lane: LaneId): number;
};

type RelayedLane = RelayStart & {
  readonly lane: LaneId;
  /** False until the bus has said what it has. */
  begun: boolean;
  /** The log holds more than the bus up to here, or may; infinite for whatever there is. */
  hintedTo: number;
  running: Promise<void> | undefined;
};

type State = RelayOptions & {
  readonly relayed: Map<string, RelayedLane>;
  /** Of the bus; what a lane has published counts for one of them. */
  life: string | undefined;
  stopping: StopSignal;
  stopHints: () => void;
  cancelPoll: () => void;
};

export function createRelay(options: RelayOptions): Relay {
  const { lanes, log, clock } = options;
  const state: State = {
    ...{ ...options, relayed: new Map(), life: undefined, stopping: stopSignal(clock) },
    ...{ stopHints: () => {}, cancelPoll: () => {} },
  };
  const { relayed } = state;
  const marks = relayMarks({ ...options, relayed: () => relayed.values() });
  return {
    async start() {
      state.stopping = stopSignal(clock);
      // Before the marks are read: a commit that comes meanwhile is found by the first look.
      state.stopHints = log.onAppended((lane, version) =>
        wake(state, relayed.get(laneKey(lane)), version),
      );
      await Promise.all(lanes.map((lane) => open(state, lane)));
      for (const lane of relayed.values()) wake(state, lane);
      poll(state);
      marks.start();
    },

    async stop() {
      state.stopping.stop();
      state.stopHints();
      state.cancelPoll();
      await Promise.all([...relayed.values()].map(({ running }) => running));
      await marks.stop();
    },

    publishedVersion: (lane) => relayed.get(laneKey(lane))?.published.version ?? 0,
  };
}

async function open(state: State, id: LaneId): Promise<void> {
  const nothing: RelayStart = { published: { version: 0, hash: '' }, marked: 0, life: undefined };
  const lane = { ...nothing, lane: id, begun: false, hintedTo: 0, running: undefined };
  try {
    await begin(state, lane);
  } catch (failure) {
    // Without the bus lanes go on: who publishes begins when it is there.
    if (!(failure instanceof BusAway)) throw failure;
  }
  state.relayed.set(laneKey(id), lane);
}

/** Also when the bus was lost while we ran: what it should still have is published again. */
async function begin(state: State, lane: RelayedLane): Promise<void> {
  state.life = await fromBus(state.bus.life());
  Object.assign(lane, await relayStart(state, lane.lane, state.life), { begun: true });
}

function wake(state: State, lane: RelayedLane | undefined, to = Number.POSITIVE_INFINITY): void {
  if (!lane || state.stopping.stopped()) return;
  hint(lane, to);
  lane.running ??= publishAll(state, lane).finally(() => {
    lane.running = undefined;
    if (isBehind(lane)) wake(state, lane, lane.hintedTo);
  });
}

function hint(lane: RelayedLane, to: number): void {
  lane.hintedTo = Math.max(lane.hintedTo, to);
}

const isBehind = ({ hintedTo, published }: RelayedLane) => hintedTo > published.version;

function poll(state: State, looks = 1): void {
  state.cancelPoll = state.clock.after(lookAtBusMs, async () => {
    await lookAtBus(state, lookAgeMsMax);
    if (state.stopping.stopped()) return;
    const isDue = looks % looksForLog === 0;
    for (const lane of state.relayed.values()) {
      if (isDue || !lane.begun || lane.life !== state.life) wake(state, lane);
    }
    poll(state, looks + 1);
  });
}

/** Whether the bus has been lost since. */
async function lookAtBus(state: State, ageMsMax?: number): Promise<void> {
  try {
    state.life = await state.bus.life(ageMsMax);
  } catch {
    // It cannot be reached just now, which publishing finds out as well.
  }
}

async function publishAll(state: State, lane: RelayedLane): Promise<void> {
  const { log, stopping } = state;
  while (isBehind(lane) && !stopping.stopped()) {
    const { hintedTo } = lane;
    lane.hintedTo = 0;
    try {
      if (!lane.begun || lane.life !== state.life) await begin(state, lane);
      // No further than there is something: a look beyond costs the store as much.
      const wanted = Math.min(windowCommits, Math.max(1, hintedTo - lane.published.version));
      const read = await log.read(lane.lane, lane.published.version + 1, wanted);
      const page = withinWindow(read);
      const complete = await publishPage(state, lane, page);
      if (complete && read.length < wanted && page.length === read.length) continue;
      hint(lane, hintedTo);
      if (complete) continue;
    } catch {
      hint(lane, hintedTo);
    }
    // Nothing is skipped: the same commits are sent until the bus has them.
    await stopping.pause(pauseAfterFailureMs);
    if (!stopping.stopped()) await lookAtBus(state);
  }
}

function withinWindow(read: readonly Commit[]): readonly Commit[] {
  let characters = 0;
  const end = read.findIndex(({ body }, at) => {
    characters += body.length;
    return at > 0 && characters > windowCharacters;
  });
  return end < 0 ? read : read.slice(0, end);
}

/**
 * True when all of the page is on the bus; after a failure everything beyond the last success is
 * sent again, in order. What was sent is waited for in any case: nothing of it is under way when it
 * is sent again, and no more than a window ever is.
 */
async function publishPage(
  { bus }: State,
  lane: RelayedLane,
  page: readonly Commit[],
): Promise<boolean> {
  const subject = logSubject(lane.lane);
  const answers = await Promise.all(
    page.map((commit) => {
      const sent = bus.publish({ subject, id: messageId(lane.lane, commit.version), commit });
      return sent.then(
        () => true,
        () => false,
      );
    }),
  );
  const failed = answers.indexOf(false);
  const last = page[(failed < 0 ? page.length : failed) - 1];
  if (last) lane.published = { version: last.version, hash: last.hash };
  return failed < 0;
}
