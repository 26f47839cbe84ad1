/**
 * The streams of a follower that wait because their oldest events could not be applied. A stream's
 * groups are applied oldest first, whoever asks; each group is a row until it is applied or
 * discarded.
 */
import type { Clock } from '../clock.ts';
import type { LaneId } from '../commit.ts';
import type { ReadModel } from '../read-model/read-model.ts';
import { type FailedAttempt, leftMs, statusAfter, textOf } from './failed-attempt.ts';
import {
  type EventGroup,
  type Parked,
  parkedCollection,
  parkedFromRow,
  rowOfGone,
  rowOfParked,
  rowPrefix,
  streamKey,
} from './parked.ts';
import type { PositionWriter } from './position-writer.ts';

const pageRows = 500;

export type ParkedStreams = {
  /** Reads what the last run kept of these lanes. */
  load(readModel: ReadModel, lanes: readonly LaneId[]): Promise<void>;
  /** True when older events of the group's stream wait. */
  waits(group: EventGroup): boolean;
  /** Keeps a group whose first `attempts` attempts have failed; it may be the one after others. */
  add(group: EventGroup, attempts: number, failure: unknown): void;
  /** Keeps a group that comes after others of its stream. */
  addBehind(group: EventGroup): void;
  /** Groups of streams whose oldest group is parked. */
  parked(): readonly Parked[];
  /** Streams, each with its groups, oldest first. */
  streams(): ReadonlyMap<string, readonly Parked[]>;
  /** Applies a stream's groups, oldest first, until one fails or all are done; the ids applied. */
  drain(key: string): Promise<readonly string[]>;
  /** Forgets one group and lets those behind it go on. */
  discard(key: string, id: string): void;
  count(): number;
  /** Resolves when a group is gone, or at a stop. */
  room(): Promise<void>;
  stop(): Promise<void>;
};

type ParkedStreamsOptions = {
  readonly name: string;
  readonly clock: Clock;
  readonly writer: PositionWriter;
  readonly retryDelaysMs: readonly number[];
  readonly apply: (group: EventGroup) => Promise<void>;
};

type State = ParkedStreamsOptions & {
  readonly streams: Map<string, Parked[]>;
  /** Cancels the next attempt of each stream that has one. */
  readonly timers: Map<string, () => void>;
  readonly draining: Map<string, Promise<readonly string[]>>;
  count: number;
  stopped: boolean;
  tellRoom: (() => void)[];
};

export function parkedStreams(options: ParkedStreamsOptions): ParkedStreams {
  const state: State = {
    ...{ ...options, streams: new Map(), timers: new Map(), draining: new Map() },
    ...{ count: 0, stopped: false, tellRoom: [] },
  };
  const { streams } = state;
  return {
    load: (readModel, lanes) => load(state, readModel, lanes),
    waits: (group) => streams.has(streamKey(group)),
    add: (group, attempts, failure) => add(state, group, { attempts, failure }),
    addBehind: (group) => addBehind(state, group),
    parked: () =>
      [...streams.values()].flatMap((queue) => (queue[0]?.status.type === 'parked' ? queue : [])),
    streams: () => streams,
    drain: (key) => drain(state, key),
    discard: (key, id) => discard(state, key, id),
    count: () => state.count,
    room: () =>
      new Promise((resolve) => {
        state.tellRoom.push(resolve);
      }),
    stop: () => stop(state),
  };
}

async function load(state: State, readModel: ReadModel, lanes: readonly LaneId[]): Promise<void> {
  for (const lane of lanes) {
    for await (const parked of keptOf(readModel, state.name, lane)) push(state, parked);
  }
  for (const key of state.streams.keys()) arm(state, key);
}

/** Rows of other lanes are the affair of who follows those. */
async function* keptOf(readModel: ReadModel, name: string, lane: LaneId): AsyncGenerator<Parked> {
  const prefix = rowPrefix(lane);
  for (let after = prefix; ; ) {
    const range = { prefix, after, limit: pageRows, direction: 'up' } as const;
    const rows = await readModel.range(parkedCollection(name), range);
    for (const row of rows) yield parkedFromRow(row);
    after = rows.at(-1)?.id ?? after;
    if (rows.length < pageRows) return;
  }
}

function add(state: State, group: EventGroup, failed: FailedAttempt): void {
  const status = statusAfter(state, group, failed);
  const parked = { ...group, ...textOf(failed.failure), status, rowVersion: 1 };
  save(state, parked);
  arm(state, push(state, parked));
}

function addBehind(state: State, group: EventGroup): void {
  const known = state.streams.get(streamKey(group))?.some(({ id }) => id === group.id);
  // After a crash a group that is a row already may come again.
  if (known) return;
  const status = { type: 'behind' } as const;
  const parked = { ...group, cause: '', reason: '', status, rowVersion: 1 };
  save(state, parked);
  push(state, parked);
}

const save = ({ writer, name }: State, parked: Parked) => writer.put(rowOfParked(name, parked));

function push(state: State, parked: Parked): string {
  const { streams } = state;
  const key = streamKey(parked);
  const queue = streams.get(key);
  if (queue) queue.push(parked);
  else streams.set(key, [parked]);
  state.count += 1;
  return key;
}

function arm(state: State, key: string): void {
  const { streams, timers, draining, clock } = state;
  timers.get(key)?.();
  timers.delete(key);
  const first = streams.get(key)?.[0];
  if (state.stopped || draining.has(key) || !first || first.status.type === 'parked') return;
  const { status, id } = first;
  // Behind one that is gone: its turn is now.
  const delayMs = status.type === 'retrying' ? leftMs(state, status, id) : 0;
  timers.set(
    key,
    clock.after(Math.max(0, delayMs), () => {
      timers.delete(key);
      void drain(state, key);
    }),
  );
}

function drain(state: State, key: string): Promise<readonly string[]> {
  const { timers, draining } = state;
  const underWay = draining.get(key);
  if (underWay) return underWay;
  timers.get(key)?.();
  timers.delete(key);
  const run = drainQueue(state, key).finally(() => {
    draining.delete(key);
    arm(state, key);
  });
  draining.set(key, run);
  return run;
}

async function drainQueue(state: State, key: string): Promise<readonly string[]> {
  const { streams } = state;
  const applied: string[] = [];
  for (let next = streams.get(key)?.[0]; next && !state.stopped; next = streams.get(key)?.[0]) {
    const outcome = await attempt(state, key, next);
    if (outcome === 'failed') break;
    if (outcome === 'applied') applied.push(next.id);
  }
  return applied;
}

/** @returns `gone` when it failed, and was discarded meanwhile */
async function attempt(
  state: State,
  key: string,
  parked: Parked,
): Promise<'applied' | 'failed' | 'gone'> {
  try {
    await state.apply(parked);
  } catch (failure) {
    const attempts = (parked.status.type === 'behind' ? 0 : parked.status.attempts) + 1;
    const status = statusAfter(state, parked, { attempts, failure });
    const queue = state.streams.get(key);
    if (queue?.[0] !== parked) return 'gone';
    queue[0] = { ...parked, ...textOf(failure), status, rowVersion: parked.rowVersion + 1 };
    save(state, queue[0]);
    return 'failed';
  }
  removeGroup(state, key, parked);
  return 'applied';
}

function discard(state: State, key: string, id: string): void {
  const parked = state.streams.get(key)?.find((one) => one.id === id);
  if (!parked) return;
  removeGroup(state, key, parked);
  arm(state, key);
}

function removeGroup(state: State, key: string, parked: Parked): void {
  const { streams, writer, name } = state;
  const queue = streams.get(key) ?? [];
  const at = queue.findIndex(({ id }) => id === parked.id);
  if (at === -1) return;
  queue.splice(at, 1);
  if (queue.length === 0) streams.delete(key);
  state.count -= 1;
  writer.put(rowOfGone(name, parked));
  hasRoom(state);
}

function hasRoom(state: State): void {
  const told = state.tellRoom;
  state.tellRoom = [];
  for (const tell of told) tell();
}

async function stop(state: State): Promise<void> {
  const { timers, draining } = state;
  state.stopped = true;
  hasRoom(state);
  for (const cancel of timers.values()) cancel();
  timers.clear();
  await Promise.all(draining.values());
}
