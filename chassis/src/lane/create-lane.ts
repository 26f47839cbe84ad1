import { genesisHash } from '../commit.ts';
import {
  defaultBounds,
  type Handled,
  type Lane,
  type LaneCommand,
  type LaneOptions,
  LaneStopped,
  Overloaded,
  type Show,
} from './lane.ts';
import { fail, flush, recover, start, stop } from './lane-course.ts';
import { type Commits, isContended, type LaneParts, newest } from './lane-parts.ts';
import { laneStreams } from './lane-streams.ts';
import { laneTimers } from './lane-timers.ts';
import { admit, countWaiting, drain, outcomeOf, refuseWhenFull } from './lane-turns.ts';
import { outcomesOf } from './outcomes.ts';
import { type Contender, strifeOf } from './strife.ts';

/** Opens one lane; see `Lane`. There is no second copy of its state. */
export function createLane<Command>(options: LaneOptions<Command>): Lane<Command> {
  const lane = laneParts(options);
  return {
    handle: (command, show) => ask(lane, command, command.streams, show),
    read: async (names, show) => (await ask(lane, undefined, names, show)).shown,
    outcomeOf: (record) => outcomeOf(lane, record),
    durableVersion: () => lane.commits.durable.version,
    start: () => start(lane),
    flush: () => flush(lane),
    stop: () => stop(lane),
    hasEnded: () => lane.phase === 'stopped',
    figures: () => ({
      waiting: countWaiting(lane),
      streamsInMemory: lane.streams.count(),
      unwrittenRows: lane.streams.unwrittenCount(),
      durableVersion: lane.commits.durable.version,
      checkpoint: lane.writer?.checkpoint() ?? 0,
      conflicts: lane.conflicts,
    }),
  };
}

/** @param command undefined for a look */
const ask = <Command, Shown>(
  lane: LaneParts<Command>,
  command: LaneCommand<Command> | undefined,
  streams: readonly string[],
  show: Show<Shown>,
): Promise<Handled<Shown>> =>
  new Promise((resolve, reject) => {
    refuseWhenFull(lane, command?.record);
    const told = (answer: Handled<unknown>) => resolve(answer as Handled<Shown>);
    admit(lane, { command, streams, show, resolve: told, reject });
  });

function laneParts<Command>(options: LaneOptions<Command>): LaneParts<Command> {
  const { context, lane: number, rows, clock, kinds } = options;
  const id = { context, lane: number };
  const bounds = { ...defaultBounds, ...options.bounds };
  const contender: Contender = {
    id,
    isContended: () => isContended(lane),
    durableVersion: () => lane.commits.durable.version,
    catchUp: () => {
      if (lane.phase === 'open' && !newest(lane.commits)) lane.recover();
    },
  };
  const lane: LaneParts<Command> = {
    ...{ id, options, bounds, phase: 'starting', stopRequested: false, hasHeldLease: false },
    streams: laneStreams(id, rows, kinds, bounds.streamsMax),
    outcomes: outcomesOf(id, rows, bounds.recentOutcomesMax),
    writer: undefined,
    timers: laneTimers(id, rows, clock, (names) => {
      for (const name of names) wake(lane, name);
    }),
    commits: noCommits(),
    looks: { asked: [], waiting: [], underWay: false },
    ...{ queue: [], loading: 0, conflicts: 0, isLate: false, idle: undefined },
    ...{ contender, strife: options.strife ?? strifeOf(options) },
    drain: () => drain(lane),
    recover: () => void recover(lane).catch(lane.fail),
    fail: (failure) => fail(lane, failure),
  };
  return lane;
}

const noCommits = (): Commits => ({
  ...{ durable: { version: 0, hash: genesisHash }, lastAt: 0, filling: undefined },
  ...{
    inFlight: undefined,
    atBoundary: [],
    sendAtCommands: 1,
    sendAfterTurns: 1,
    sendQueued: false,
  },
  fencedUnder: undefined,
});

function wake<Command>(lane: LaneParts<Command>, name: string): void {
  const command = lane.options.timePassed(name);
  ask(lane, command, command.streams, () => undefined).catch((failure: unknown) => {
    // Refused while the lane is full or stopping: the timer wakes the stream again.
    if (!(failure instanceof Overloaded || failure instanceof LaneStopped)) lane.fail(failure);
  });
}
