/**
 * Carries what a log holds to the bus: in order, at least once, from the log and never from an
 * owner's memory.
 */
import { type Bus, logSubject, messageId, versionOfMessage } from './bus.ts';
import type { Clock } from './clock.ts';
import { type Commit, type LaneId, laneKey } from './commit.ts';
import type { EventLog, Head } from './event-log.ts';

import type { ReadModel } from './read-model.ts';
import { stopSignal } from './stop-signal.ts';

const windowCommits = 64;
/** Hints may be lost, so the log is looked at anyway. */
const pollMs = 1_000;
const pauseAfterFailureMs = 100;
const markEveryMs = 1_000;
const consumer = 'relay';

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

type RelayedLane = {
  readonly lane: LaneId;
  published: Head;
  marked: number;
  /** The log may hold more than was read. */
  hinted: boolean;
  running: Promise<void> | undefined;
};

export function createRelay({ lanes, log, bus, clock, mark }: RelayOptions): Relay {
  const relayed = new Map<string, RelayedLane>();
  let stopping = stopSignal(clock);
  let stopHints = () => {};
  let cancelPoll = () => {};
  let cancelMark = () => {};
  let marking: Promise<void> | undefined;

  /**
   * True when all of the page is on the bus; after a failure everything beyond the last success is
   * sent again.
   */
  const publishPage = async (state: RelayedLane, page: readonly Commit[]): Promise<boolean> => {
    const subject = logSubject(state.lane);
    const answers = page.map((commit) => {
      const sent = bus.publish({ subject, id: messageId(state.lane, commit.version), commit });
      return sent.then(
        () => true,
        () => false,
      );
    });
    for (const [at, answer] of answers.entries()) {
      if (!(await answer)) return false;
      const commit = page[at];
      if (commit) state.published = { version: commit.version, hash: commit.hash };
    }
    return true;
  };

  const publishAll = async (state: RelayedLane) => {
    while (state.hinted && !stopping.stopped()) {
      state.hinted = false;
      try {
        const page = await log.read(state.lane, state.published.version + 1, windowCommits);
        const complete = await publishPage(state, page);
        if (complete && page.length < windowCommits) continue;
        state.hinted = true;
        if (complete) continue;
      } catch {
        state.hinted = true;
      }
      // Nothing is skipped: the same commits are sent until the bus has them.
      await stopping.pause(pauseAfterFailureMs);
    }
  };

  const wake = (state: RelayedLane | undefined) => {
    if (!state || stopping.stopped()) return;
    state.hinted = true;
    state.running ??= publishAll(state).finally(() => {
      state.running = undefined;
      if (state.hinted) wake(state);
    });
  };

  const poll = () => {
    cancelPoll = clock.after(pollMs, () => {
      for (const state of relayed.values()) wake(state);
      poll();
    });
  };

  const writeMarks = async () => {
    const moved = [...relayed.values()].filter((at) => at.published.version > at.marked);
    if (!mark || moved.length === 0) return;
    const positions = moved.map(({ lane, published }) => ({ consumer, ...lane, ...published }));
    await mark.write([], positions);
    moved.forEach((state, at) => {
      state.marked = positions[at]?.version ?? state.marked;
    });
  };

  const markRegularly = () => {
    cancelMark = clock.after(markEveryMs, () => {
      // A mark that could not be written is only older: the bus recognizes what it has.
      marking = writeMarks()
        .catch(() => {})
        .then(() => {
          if (!stopping.stopped()) markRegularly();
        });
    });
  };

  const open = async (lane: LaneId) => {
    const marked = mark ? await mark.position(consumer, lane) : undefined;
    const onBus = versionOfMessage(await bus.lastId(logSubject(lane)));
    const version = Math.max(onBus, marked?.version ?? 0);
    const head =
      version > 0 || marked ? { version, hash: marked?.hash ?? '' } : await log.head(lane);
    relayed.set(laneKey(lane), {
      lane,
      published: head,
      marked: marked?.version ?? 0,
      hinted: false,
      running: undefined,
    });
  };

  return {
    async start() {
      stopping = stopSignal(clock);
      // Before the marks are read: a commit that comes meanwhile is found by the first look.
      stopHints = log.onAppended((lane) => wake(relayed.get(laneKey(lane))));
      await Promise.all(lanes.map(open));
      for (const state of relayed.values()) wake(state);
      poll();
      if (mark) markRegularly();
    },

    async stop() {
      stopping.stop();
      stopHints();
      cancelPoll();
      cancelMark();
      await Promise.all([...relayed.values()].map(({ running }) => running));
      await marking;
      await writeMarks();
    },

    publishedVersion: (lane) => relayed.get(laneKey(lane))?.published.version ?? 0,
  };
}
