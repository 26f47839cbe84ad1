/**
 * Follows logs and acts on what it reads: policies, processes, connectors. Effects first, position
 * after, both idempotent; what fails waits without holding up other streams (DESIGN 3, Consumer and
 * Retry).
 */
import { noTracing, type Tracing } from '@holdfast/schema/tracing';
import type { Bus } from '../bus/bus.ts';
import type { Clock, Instant } from '../clock.ts';
import {
  type Commit,
  genesisHash,
  type LaneId,
  laneKey,
  type Recorded,
  recordedEvents,
} from '../commit.ts';
import { withJitter } from '../jitter.ts';
import type { EventLog } from '../log/event-log.ts';
import type { ReadModel } from '../read-model/read-model.ts';
import { type StopSignal, stopSignal } from '../stop-signal.ts';
import { tracedHandling } from '../tracing/traced-commits.ts';
import { type CommitWindow, commitWindow } from './commit-window.ts';
import { type LaneFeed, laneFeed } from './lane-feed.ts';
import { movedPositions } from './moved-positions.ts';
import {
  defaultRetryDelaysMs,
  type EventGroup,
  groupByStream,
  type Parked,
  PermanentFailure,
  type ReplayReport,
  type ReplayRequest,
  streamKey,
} from './parked.ts';
import { parkedDesk } from './parked-replay.ts';
import { type ParkedStreams, parkedStreams } from './parked-streams.ts';
import { type PositionWriter, positionWriter } from './position-writer.ts';
import { type StreamTurns, streamTurns } from './stream-turns.ts';

export { type Parked, PermanentFailure, type ReplayReport, type ReplayRequest } from './parked.ts';

const pendingMax = 256;
/** Commits of a lane that are begun and not yet finished. */
const windowCommits = 256;
/** Groups that wait; beyond, nothing more is consumed until somebody replays or discards. */
const parkedMax = 10_000;
/** The first retries are so soon that the commit's place in the window is kept for them. */
const retryInPlaceMsMax = 1_000;

/** Where a follower reads, and where it keeps its place. */
export type Following = {
  readonly log: EventLog;
  readonly bus: Bus;
  readonly readModel: ReadModel;
  readonly clock: Clock;
  /** None when left out. */
  readonly tracing?: Tracing | undefined;
};

export type FollowerOptions = Following & {
  /** Names the position and the parked events: unique, and never changed. */
  readonly name: string;
  readonly lanes: readonly LaneId[];
  /**
   * Applies the events of one stream in one commit, in order; idempotent. Different streams at the
   * same time. A `PermanentFailure` parks them at once, any other failure is tried again.
   */
  readonly handle: (events: readonly Recorded[]) => Promise<void>;
  readonly retryDelaysMs?: readonly number[];
};

export type FollowerFigures = {
  /** Commits known and not yet applied. */
  readonly behind: number;
  readonly parked: number;
  /** Groups that wait for their next attempt, and those behind them. */
  readonly retrying: number;
  /** When the first of those that are parked was; undefined when none is. */
  readonly oldestParkedAt: Instant | undefined;
};

export type Follower = {
  /** Reads where it stood and begins; catching up goes on afterwards. */
  start(): Promise<void>;
  /** Ends what is being applied and writes the position. */
  stop(): Promise<void>;
  /** Everything up to this version is applied or parked. */
  applied(lane: LaneId): number;
  /** @throws Error when the follower stops before */
  reached(lane: LaneId, version: number): Promise<void>;
  parked(): Promise<readonly Parked[]>;
  /** Tries again what waits, oldest first in each stream, and those behind it; audited. */
  replay(request: ReplayRequest): Promise<ReplayReport>;
  /**
   * Gives up the group with this id, for a reason that is audited; those behind it go on. False: no
   * such group.
   */
  discard(id: string, reason: string, actor: string): Promise<boolean>;
  /** Why it does not follow as it should, one sentence each. */
  notReady(): readonly string[];
  figures(): FollowerFigures;
};

type State = FollowerOptions & {
  readonly retryDelaysMs: readonly number[];
  readonly windows: Map<string, CommitWindow>;
  readonly turns: StreamTurns;
  readonly stopping: StopSignal;
  readonly writer: PositionWriter;
  readonly waiting: ParkedStreams;
  readonly feed: LaneFeed;
};

export function createFollower(options: FollowerOptions): Follower {
  const { name, clock } = options;
  const state = stateOf(options);
  const { windows, waiting, writer } = state;
  return {
    start: () => start(state),
    stop: () => stop(state),
    applied: (lane) => applied(state, lane),

    async reached(lane, version) {
      await windows.get(laneKey(lane))?.reached(version);
    },

    parked: async () => waiting.parked(),
    ...parkedDesk({ name, clock, waiting, writer }),
    notReady: () => notReady(state),
    figures: () => figures(state),
  };
}

function stateOf(options: FollowerOptions): State {
  const { name, lanes, log, bus, readModel, clock } = options;
  const { retryDelaysMs = defaultRetryDelaysMs, tracing = noTracing } = options;
  const handle = tracedHandling({ tracing, clock, consumer: name }, options.handle);
  const windows = new Map<string, CommitWindow>();
  const writer = positionWriter({
    ...{ readModel, clock },
    positions: movedPositions(name, lanes, windows),
  });
  const waiting = parkedStreams({
    ...{ name, clock, writer, retryDelaysMs },
    apply: ({ events }) => handle(events),
  });
  const deliver = (commit: Commit) => begin(state, commit);
  const feed = laneFeed({ consumer: name, lanes, log, bus, clock, pendingMax, deliver });
  const state: State = {
    ...{ ...options, retryDelaysMs, handle, windows, writer, waiting, feed },
    ...{ turns: streamTurns(), stopping: stopSignal(clock) },
  };
  return state;
}

async function start(state: State): Promise<void> {
  const { name, lanes, readModel, windows, waiting, writer, feed } = state;
  const positions = await Promise.all(lanes.map((lane) => readModel.position(name, lane)));
  await waiting.load(readModel, lanes);
  lanes.forEach((lane, at) => {
    const from = positions[at] ?? { version: 0, hash: genesisHash };
    windows.set(laneKey(lane), commitWindow(from, windowCommits, writer.moved));
  });
  feed.start(positions);
}

async function stop(state: State): Promise<void> {
  const { name, stopping, windows, waiting, feed, turns, writer } = state;
  stopping.stop();
  for (const window of windows.values()) window.stop(new Error(`${name} has stopped`));
  // In the same turn: whoever was let go for want of room must not take the next commit.
  await Promise.all([waiting.stop(), feed.stop()]);
  await turns.idle();
  await writer.stop();
}

function begin(state: State, commit: Commit): Promise<void> | undefined {
  const { windows, turns, waiting } = state;
  const window = windows.get(laneKey(commit));
  if (!window) return undefined;
  const finish = window.begin({ version: commit.version, hash: commit.hash });
  const groups = groupByStream(commit, recordedEvents(commit));
  let open = groups.length;
  if (open === 0) finish();
  for (const group of groups) {
    void turns.run(streamKey(group), async () => {
      // A commit that is not finished is begun again at the next start.
      if (!(await settleGroup(state, group))) return;
      open -= 1;
      if (open === 0) finish();
    });
  }
  return window.room() ?? (waiting.count() < parkedMax ? undefined : waiting.room());
}

/** True when the group is applied or kept as a row; false when the follower stops before. */
async function settleGroup(state: State, group: EventGroup): Promise<boolean> {
  const { handle, retryDelaysMs, waiting, stopping } = state;
  for (let attempts = 1; !stopping.stopped(); attempts += 1) {
    if (waiting.waits(group)) {
      waiting.addBehind(group);
      return true;
    }
    try {
      await handle(group.events);
      return true;
    } catch (failure) {
      const delayMs = retryDelaysMs[attempts - 1] ?? Number.POSITIVE_INFINITY;
      if (failure instanceof PermanentFailure || delayMs > retryInPlaceMsMax) {
        waiting.add(group, attempts, failure);
        return true;
      }
      await stopping.pause(withJitter(delayMs, group.id, attempts));
    }
  }
  return false;
}

const applied = ({ windows }: State, lane: LaneId): number =>
  windows.get(laneKey(lane))?.finished().version ?? 0;

const notReady = ({ name, feed, waiting }: State): readonly string[] => [
  ...feed.broken(),
  ...(waiting.count() < parkedMax ? [] : [`${name} waits: ${parkedMax} events are parked`]),
];

function figures(state: State): FollowerFigures {
  const { lanes, feed, waiting } = state;
  const behind = lanes.map((lane) => feed.seenVersion(lane) - applied(state, lane));
  return {
    behind: behind.reduce((sum, commits) => sum + commits, 0),
    ...figuresOfWaiting(waiting.parked(), waiting.count()),
  };
}

function figuresOfWaiting(parked: readonly Parked[], waiting: number) {
  const since = parked.flatMap(({ status }) => (status.type === 'parked' ? status.since : []));
  const oldestParkedAt = since.length > 0 ? Math.min(...since) : undefined;
  return { parked: parked.length, retrying: waiting - parked.length, oldestParkedAt };
}
