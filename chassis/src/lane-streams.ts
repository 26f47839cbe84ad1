/**
 * A lane's streams in memory: loaded when asked for, folded as decided, written down when durable,
 * evicted when written.
 */
import type { Clock, Instant } from './clock.ts';
import type { DomainEvent, LaneId } from './commit.ts';
import type { LaneRows, StreamRow } from './lane-rows.ts';
import { newStreams } from './new-streams.ts';
import {
  type AnyStreamKind,
  idOfStream,
  type Place,
  prefixOfStream,
  type View,
} from './stream-kind.ts';

type LoadedStream = {
  readonly name: string;
  readonly kind: AnyStreamKind;
  state: unknown;
  /** The lane's version that changed it last. */
  version: number;
  /** Looked at since the last look for something to evict. */
  used: boolean;
  /** The version of its first change that its row lacks. */
  dirtySince: number | undefined;
  /** The same of the row that is being written; what changes meanwhile makes it dirty again. */
  writingSince: number | undefined;
};

export type LaneStreams = {
  readonly view: View;
  /** Of these, those that must be loaded; what is certainly new begins. */
  missing(names: readonly string[]): readonly string[];
  /**
   * @param knownVersion of the lane; unbounded while its log is being folded
   * @returns false, and nothing is taken, when a row includes more than that: another owner has gone on
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

/** @param streamsMax streams kept in memory; more only while they are not yet written */
export function laneStreams(
  lane: LaneId,
  rows: LaneRows,
  kinds: readonly AnyStreamKind[],
  streamsMax: number,
): LaneStreams {
  const kindByPrefix = new Map(kinds.map((kind) => [kind.prefix, kind]));
  const loaded = new Map<string, LoadedStream>();
  // In the order of `dirtySince`.
  const dirty = new Set<LoadedStream>();
  const beingWritten = new Set<LoadedStream>();
  const fresh = newStreams(lane, rows, kinds);
  // The stream of each kind that was looked at last: a decision looks at the same ones again and
  // again.
  const lastViewed = new Map<string, { readonly id: string; readonly stream: LoadedStream }>();
  let lastFound: LoadedStream | undefined;

  // What each load under way may put into memory. A row read before its stream was changed, written
  // and evicted again says too little: whoever waits asks once more.
  const loads = new Set<Set<string>>();
  let newestRead = 0;
  const kindOf = (name: string): AnyStreamKind => {
    const kind = kindByPrefix.get(prefixOfStream(name));
    if (!kind) throw new Error(`no kind of stream for ${name}`);
    return kind;
  };

  const put = (name: string, row: StreamRow | undefined) => {
    const kind = kindOf(name);
    const state = row ? kind.decode(row.state) : kind.initial(idOfStream(name));
    const version = row?.version ?? 0;
    const clean = { dirtySince: undefined, writingSince: undefined };
    // One that begins is used once somebody looks at it: most claims are never looked at again.
    loaded.set(name, { name, kind, state, version, used: row !== undefined, ...clean });
  };

  const mustBeLoaded = (name: string): LoadedStream => {
    if (lastFound?.name === name) return lastFound;
    const stream = loaded.get(name);
    if (!stream) throw new Error(`the stream ${name} was not asked for`);
    lastFound = stream;
    return stream;
  };

  const viewed = (prefix: string, id: string): LoadedStream => {
    const last = lastViewed.get(prefix);
    if (last?.id === id) return last.stream;
    const stream = mustBeLoaded(`${prefix}/${id}`);
    lastViewed.set(prefix, { id, stream });
    return stream;
  };

  const isMissing = (name: string) => {
    if (loaded.has(name)) return false;
    if (!fresh.isNew(name)) return true;
    put(name, undefined);
    return false;
  };

  const forget = (name: string) => {
    loaded.delete(name);
    lastFound = undefined;
    lastViewed.clear();
    for (const current of loads) current.delete(name);
  };

  return {
    view: {
      has: (name) => loaded.has(name),
      get(kind, id) {
        const stream = viewed(kind.prefix, id);
        stream.used = true;
        return stream.state as ReturnType<typeof kind.initial>;
      },
    },

    missing: (names) => (names.every((name) => loaded.has(name)) ? none : names.filter(isMissing)),

    newestRead: () => newestRead,

    async load(names, knownVersion = () => Number.POSITIVE_INFINITY) {
      const current = new Set(names);
      loads.add(current);
      try {
        const found = await rows.streams(lane, names);
        const newest = Math.max(0, ...found.map((row) => row?.version ?? 0));
        if (newest > knownVersion()) return false;
        newestRead = Math.max(newestRead, newest);
        names.forEach((name, at) => {
          if (current.has(name) && !loaded.has(name)) put(name, found[at]);
        });
        return true;
      } finally {
        loads.delete(current);
      }
    },

    begin(name) {
      if (!loaded.has(name)) put(name, undefined);
    },

    evolve(name, event, version, place) {
      const stream = mustBeLoaded(name);
      stream.state = stream.kind.evolve(stream.state, event, place);
      stream.version = version;
      if (stream.dirtySince !== undefined) return;
      stream.dirtySince = version;
      dirty.add(stream);
      fresh.hasBegun(name);
    },

    lacks: (name, version) => mustBeLoaded(name).version < version,

    dueOf(name) {
      const { kind, state } = mustBeLoaded(name);
      return kind.due?.(state);
    },

    unwritten(limit, withBusy) {
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
    },

    written(batch) {
      for (const row of batch) {
        const stream = mustBeLoaded(row.stream);
        stream.writingSince = undefined;
        beingWritten.delete(stream);
        if (!stream.used && stream.dirtySince === undefined) forget(stream.name);
      }
    },

    oldestUnwritten() {
      let oldest = Number.POSITIVE_INFINITY;
      for (const { writingSince: at } of beingWritten) oldest = Math.min(oldest, at ?? oldest);
      for (const { dirtySince } of dirty) return Math.min(oldest, dirtySince ?? oldest);
      return oldest === Number.POSITIVE_INFINITY ? undefined : oldest;
    },

    unwrittenCount: () => dirty.size + beingWritten.size,

    evict: () =>
      evictSome(loaded, streamsMax, {
        isKept: (stream) => dirty.has(stream) || beingWritten.has(stream),
        forget,
      }),

    count: () => loaded.size,
    fillFilter: fresh.fill,
  };
}

/** Second chance: what was used since the last look stays, once. */
function evictSome(
  loaded: Map<string, LoadedStream>,
  streamsMax: number,
  { isKept, forget }: { isKept(stream: LoadedStream): boolean; forget(name: string): void },
): void {
  if (loaded.size <= streamsMax) return;
  let looks = Math.min(loaded.size, 2 * (loaded.size - streamsMax) + 1_000, evictLooksMax);
  for (const [name, stream] of loaded) {
    if (looks === 0 || loaded.size <= streamsMax) return;
    looks -= 1;
    if (!stream.used && !isKept(stream)) forget(name);
    else {
      stream.used = false;
      loaded.delete(name);
      loaded.set(name, stream);
    }
  }
}
