/**
 * A lane's streams in memory: loaded when asked for, folded as decided, written down when durable,
 * evicted when written.
 */
import type { Clock, Instant } from '../clock.ts';
import type { DomainEvent, LaneId } from '../commit.ts';
import type { LaneRows, StreamRow } from '../rows/lane-rows.ts';
import { evict } from '../second-chance.ts';
import type { AnyStreamKind, Place, View } from '../stream-kind.ts';
import {
  begin,
  forget,
  type Group,
  isMissing,
  type LoadedStream,
  type LoadedStreams,
  load,
  mustBeLoaded,
  nothingLoaded,
  viewed,
} from './loaded-streams.ts';

export type LaneStreams = {
  readonly view: View;
  /** Of these, those that must be loaded; what is certainly new begins. */
  missing(names: readonly string[]): readonly string[];
  /**
   * @param knownVersion of the lane; unbounded while its log is being folded
   * @returns false, and nothing is taken, when a row includes more than that: another owner has
   * gone on
   */
  load(names: readonly string[], knownVersion?: () => number): Promise<boolean>;
  /** The newest version that a row read so far includes. */
  newestRead(): number;
  begin(name: string): void;
  evolve(name: string, event: DomainEvent, version: number, place: Place): void;
  /** True when the stream, as loaded, does not yet include the lane's `version`. */
  lacks(name: string, version: number): boolean;
  dueOf(name: string): Instant | undefined;
  /**
   * Rows of the streams that have waited longest, as they are now; the caller writes them once
   * durable.
   * @param withBusy also of those that keep changing
   */
  unwritten(limit: number, withBusy: boolean): readonly StreamRow[];
  written(rows: readonly StreamRow[]): void;
  /** The first version that some stream's row lacks. */
  oldestUnwritten(): number | undefined;
  unwrittenCount(): number;
  evict(): void;
  count(): number;
  /** Learns which streams have rows, so that new ones need no look. */
  fillFilter(clock: Clock, stopped: () => boolean): Promise<void>;
};

const none: readonly string[] = [];
/**
 * While rows are written more slowly than streams begin, most of what is looked at may not go yet.
 */
const evictLooksMax = 4_000;

type State = LoadedStreams & {
  /** In the order of `dirtySince`. */
  readonly dirty: Set<LoadedStream>;
  readonly beingWritten: Set<LoadedStream>;
};

/** @param streamsMax streams kept in memory, of kinds that have no lower bound of their own */
export function laneStreams(
  lane: LaneId,
  rows: LaneRows,
  kinds: readonly AnyStreamKind[],
  streamsMax: number,
): LaneStreams {
  const state: State = {
    ...nothingLoaded({ lane, rows }, kinds, streamsMax),
    ...{ dirty: new Set(), beingWritten: new Set() },
  };
  const { loaded, dirty, beingWritten, fresh } = state;
  const mustBeAsked = (name: string) => isMissing(state, name);
  return {
    view: viewOf(state),
    missing: (names) =>
      names.every((name) => loaded.has(name)) ? none : names.filter(mustBeAsked),
    newestRead: () => state.newestRead,
    load: (names, knownVersion) => load(state, names, knownVersion),
    begin: (name) => begin(state, name),

    evolve(name, event, version, place) {
      const stream = mustBeLoaded(state, name);
      stream.state = stream.kind.evolve(stream.state, event, place);
      noteChange(state, stream, version);
    },

    lacks: (name, version) => mustBeLoaded(state, name).version < version,

    dueOf(name) {
      const stream = mustBeLoaded(state, name);
      return stream.kind.due?.(stream.state);
    },

    unwritten: (limit, withBusy) => unwritten(state, limit, withBusy),
    written: (batch) => written(state, batch),
    oldestUnwritten: () => oldestUnwritten(state),
    unwrittenCount: () => dirty.size + beingWritten.size,
    evict() {
      for (const group of state.groups) evictFrom(state, group);
    },

    count: () => loaded.size,
    fillFilter: fresh.fill,
  };
}

const viewOf = (state: State): View => ({
  has: (name) => state.loaded.has(name),
  get(kind, id) {
    const stream = viewed(state, kind.prefix, id);
    stream.used = true;
    return stream.state as ReturnType<typeof kind.initial>;
  },
});

function noteChange({ dirty, fresh }: State, stream: LoadedStream, version: number): void {
  stream.version = version;
  if (stream.dirtySince !== undefined) return;
  stream.dirtySince = version;
  dirty.add(stream);
  fresh.hasBegun(stream.name);
}

function unwritten(
  { dirty, beingWritten }: State,
  limit: number,
  withBusy: boolean,
): readonly StreamRow[] {
  const batch: StreamRow[] = [];
  for (const stream of dirty) {
    const { name, kind, state, version } = stream;
    if (version !== stream.dirtySince && !withBusy) continue;
    dirty.delete(stream);
    beingWritten.add(stream);
    stream.writingSince = stream.dirtySince;
    stream.dirtySince = undefined;
    const row = { stream: name, version, state: kind.encode(state), due: kind.due?.(state) };
    if (batch.push(row) === limit) break;
  }
  return batch;
}

function written(state: State, batch: readonly StreamRow[]): void {
  for (const row of batch) {
    const stream = mustBeLoaded(state, row.stream);
    stream.writingSince = undefined;
    state.beingWritten.delete(stream);
    if (!stream.used && stream.dirtySince === undefined) forget(state, stream);
  }
}

function oldestUnwritten({ dirty, beingWritten }: State): number | undefined {
  let oldest = Number.POSITIVE_INFINITY;
  for (const { writingSince: at } of beingWritten) oldest = Math.min(oldest, at ?? oldest);
  for (const { dirtySince } of dirty) return Math.min(oldest, dirtySince ?? oldest);
  return oldest === Number.POSITIVE_INFINITY ? undefined : oldest;
}

const evictFrom = (state: State, { streams, max }: Group): void =>
  evict({
    items: streams,
    looksMax: Math.min(streams.size, 2 * (streams.size - max) + 1_000, evictLooksMax),
    isFull: () => streams.size > max,
    mustStay: (stream) => state.dirty.has(stream) || state.beingWritten.has(stream),
    putLast(stream) {
      streams.delete(stream);
      streams.add(stream);
    },
    forget: (stream) => forget(state, stream),
  });
