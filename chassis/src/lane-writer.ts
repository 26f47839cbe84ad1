/**
 * Writes a lane's rows behind its log: from durable state, in batches, so that a start folds a
 * short tail only.
 */
import { type Clock, pause } from './clock.ts';
import type { LaneId } from './commit.ts';
import type { LaneBounds } from './lane.ts';
import type { LaneRows, RowBatch } from './lane-rows.ts';
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

function takeBatch(
  { bounds, streams, outcomes, durableVersion }: LaneWriterOptions,
  writtenCheckpoint: number,
  withBusy: boolean,
): RowBatch {
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
  Math.ceil(Math.max(streams.unwrittenCount(), outcomes.count()) / bounds.batchRows) + 3;

export function laneWriter(options: LaneWriterOptions): LaneWriter {
  const { lane, rows, clock, streams, outcomes } = options;
  let writtenCheckpoint = 0;
  let writing: Promise<void> | undefined;
  let cancelPause = () => {};
  let running = false;
  let finishing = false;
  let givenUp = false;
  let isBusyDue = false;

  const take = (): RowBatch => {
    const withBusy = isBusyDue || finishing;
    isBusyDue = false;
    return takeBatch(options, writtenCheckpoint, withBusy);
  };

  /**
   * False when a stop gave it up: rows can all be made again, so a failure is no reason to end the
   * lane.
   */
  const writeSurely = async (batch: RowBatch): Promise<boolean> => {
    for (;;) {
      try {
        await rows.write(lane, batch);
        return true;
      } catch {
        if (!running || finishing) return false;
        await pause(clock, pauseMs);
      }
    }
  };

  const writeBatch = async () => {
    // Once it has been stopped, memory may hold what was undone.
    if (givenUp || !running) return;
    const batch = await options.takeBetweenCommits(take);
    if (!batch || isNothing(batch)) return;
    if (!(await writeSurely(batch))) {
      // The rows after these must not be written: a checkpoint would claim these too.
      givenUp = true;
      return;
    }
    streams.written(batch.streams);
    outcomes.written(batch.outcomes);
    writtenCheckpoint = batch.checkpoint ?? writtenCheckpoint;
    streams.evict();
  };

  const write = (): Promise<void> => {
    writing ??= writeBatch()
      .catch(options.onFailure)
      .finally(() => {
        writing = undefined;
      });
    return writing;
  };

  const writeRegularly = (rests = 1) => {
    if (!running) return;
    cancelPause = clock.after(pauseMs, () => {
      const tail = options.durableVersion() - writtenCheckpoint;
      if (mayRest(rests, tail)) return writeRegularly(rests + 1);
      isBusyDue = true;
      void write().then(() => writeRegularly());
    });
  };

  return {
    noteCommit() {
      if (writing === undefined && hasBatch(options)) void write();
    },

    start(checkpoint) {
      writtenCheckpoint = checkpoint;
      running = true;
      writeRegularly();
    },

    stop() {
      running = false;
      cancelPause();
    },

    flush() {
      isBusyDue = true;
      return write().then(write);
    },

    async finish() {
      finishing = true;
      const turns = turnsToFinish(options);
      for (let turn = 0; turn < turns && writtenCheckpoint < options.durableVersion(); turn += 1) {
        await write();
      }
    },

    checkpoint: () => writtenCheckpoint,
  };
}
