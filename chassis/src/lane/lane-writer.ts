/**
 * Writes a lane's rows behind its log: from durable state, in batches, so that a start folds a
 * short tail only.
 */
import { type Clock, pause } from '../clock.ts';
import type { LaneId } from '../commit.ts';
import type { LaneRows, RowBatch } from '../rows/lane-rows.ts';
import type { LaneBounds } from './lane.ts';
import type { LaneStreams } from './lane-streams.ts';
import type { Outcomes } from './outcomes.ts';

/** What keeps changing is written this often, however much else there is to write... */
const pauseMs = 1_000;
/** ...by a lane with that many commits since, which its next owner has to fold... */
const tailCommits = 100;
/** ...and each so many times by any other: written seldom, what changes again is written once. */
const restsMax = 5;

export type LaneWriter = {
  /** Called after every commit; writes when enough waits. */
  noteCommit(): void;
  start(checkpoint: number): void;
  stop(): void;
  /** Writes what waits now, and the checkpoint that it earns; what comes meanwhile waits on. */
  flush(): Promise<void>;
  /** Writes all that waits. */
  finish(): Promise<void>;
  checkpoint(): number;
};

export type LaneWriterOptions = {
  readonly lane: LaneId;
  readonly rows: LaneRows;
  readonly clock: Clock;
  readonly bounds: LaneBounds;
  readonly streams: LaneStreams;
  readonly outcomes: Outcomes;
  readonly durableVersion: () => number;
  /**
   * What `take` sees between two commits, once all of it is durable; undefined when it was undone
   * instead.
   */
  readonly takeBetweenCommits: <Taken>(take: () => Taken) => Promise<Taken | undefined>;
  readonly onFailure: (failure: unknown) => void;
};

type State = LaneWriterOptions & {
  writtenCheckpoint: number;
  writing: Promise<void> | undefined;
  cancelPause: () => void;
  running: boolean;
  finishing: boolean;
  givenUp: boolean;
  isBusyDue: boolean;
};

export function laneWriter(options: LaneWriterOptions): LaneWriter {
  const state: State = {
    ...{ ...options, writtenCheckpoint: 0, writing: undefined, cancelPause: () => {} },
    ...{ running: false, finishing: false, givenUp: false, isBusyDue: false },
  };
  return {
    noteCommit() {
      if (state.writing === undefined && hasBatch(state)) void write(state);
    },

    start(checkpoint) {
      state.writtenCheckpoint = checkpoint;
      state.running = true;
      writeRegularly(state);
    },

    stop() {
      state.running = false;
      state.cancelPause();
    },

    flush() {
      state.isBusyDue = true;
      return write(state).then(() => write(state));
    },

    finish: () => finish(state),
    checkpoint: () => state.writtenCheckpoint,
  };
}

/**
 * Soon, so that what is written once and not looked at again dies young: a garbage collector copies
 * what lives longer. Either: a lane that only refuses changes no stream and keeps each refusal.
 */
const hasBatch = ({ streams, outcomes, bounds }: LaneWriterOptions): boolean =>
  Math.max(streams.unwrittenCount(), outcomes.unwrittenCount()) >= bounds.batchRows;

const isNothing = ({ streams, outcomes, checkpoint }: RowBatch): boolean =>
  streams.length + outcomes.length === 0 && !checkpoint;

const mayRest = (rests: number, tail: number) => rests < restsMax && tail < tailCommits;

/** Each writes a batch; the last one writes the checkpoint that all of them have earned. */
const turnsToFinish = ({ streams, outcomes, bounds }: LaneWriterOptions): number =>
  Math.ceil(Math.max(streams.unwrittenCount(), outcomes.unwrittenCount()) / bounds.batchRows) + 3;

function writeRegularly(state: State, rests = 1): void {
  if (!state.running) return;
  state.cancelPause = state.clock.after(pauseMs, () => {
    const tail = state.durableVersion() - state.writtenCheckpoint;
    if (mayRest(rests, tail)) return writeRegularly(state, rests + 1);
    state.isBusyDue = true;
    void write(state).then(() => writeRegularly(state));
  });
}

function write(state: State): Promise<void> {
  state.writing ??= writeBatch(state)
    .catch(state.onFailure)
    .finally(() => {
      state.writing = undefined;
    });
  return state.writing;
}

async function writeBatch(state: State): Promise<void> {
  const { streams, outcomes } = state;
  // Once it has been stopped, memory may hold what was undone.
  if (state.givenUp || !state.running) return;
  const batch = await state.takeBetweenCommits(() => takeBatch(state));
  if (!batch) return;
  // A lane that is only read has something to forget as well.
  if (isNothing(batch)) return streams.evict();
  if (!(await writeSurely(state, batch))) {
    // The rows after these must not be written: a checkpoint would claim these too.
    state.givenUp = true;
    return;
  }
  streams.written(batch.streams);
  outcomes.written(batch.outcomes);
  state.writtenCheckpoint = batch.checkpoint ?? state.writtenCheckpoint;
  streams.evict();
}

function takeBatch(state: State): RowBatch {
  const { bounds, streams, outcomes, durableVersion, writtenCheckpoint } = state;
  const withBusy = state.isBusyDue || state.finishing;
  state.isBusyDue = false;
  // Before the batch is taken: what it holds is not a row yet.
  const checkpoint = Math.min(
    durableVersion(),
    (streams.oldestUnwritten() ?? Number.POSITIVE_INFINITY) - 1,
    (outcomes.oldestUnwritten() ?? Number.POSITIVE_INFINITY) - 1,
  );
  return {
    checkpoint: checkpoint > writtenCheckpoint ? checkpoint : undefined,
    streams: streams.unwritten(bounds.batchRows, withBusy),
    outcomes: outcomes.unwritten(durableVersion(), bounds.batchRows),
  };
}

/**
 * False when a stop gave it up: rows can all be made again, so a failure is no reason to end the
 * lane.
 */
async function writeSurely(state: State, batch: RowBatch): Promise<boolean> {
  for (;;) {
    try {
      await state.rows.write(state.lane, batch);
      return true;
    } catch {
      if (!state.running || state.finishing) return false;
      await pause(state.clock, pauseMs);
    }
  }
}

async function finish(state: State): Promise<void> {
  state.finishing = true;
  const turns = turnsToFinish(state);
  for (let turn = 0; turn < turns && state.writtenCheckpoint < state.durableVersion(); turn += 1) {
    await write(state);
  }
}
