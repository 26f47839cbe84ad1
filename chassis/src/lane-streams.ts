/** A lane's streams in memory: loaded when asked for, folded as decided, written down when durable, evicted when written. */
import type { Instant } from './clock.ts';
import type { DomainEvent, LaneId } from './commit.ts';
import type { LaneRows, StreamRow } from './lane-rows.ts';
import {
  type AnyStreamKind,
  idOfStream,
  type Place,
  prefixOfStream,
  streamName,
  type View,
} from './stream-kind.ts';

type LoadedStream = {
  readonly kind: AnyStreamKind;
  state: unknown;
  /** The lane's version that changed it last. */
  version: number;
  /** Used since the last look for something to evict. */
  used: boolean;
};

export type LaneStreams = {
  readonly view: View;
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
  /** Rows of the streams that have waited longest, as they are now; the caller writes them once durable. */
  unwritten(limit: number): readonly StreamRow[];
  written(rows: readonly StreamRow[]): void;
  /** The first version that some stream's row lacks. */
  oldestUnwritten(): number | undefined;
  unwrittenCount(): number;
  evict(): void;
  count(): number;
};

/** @param streamsMax streams kept in memory; more only while they are not yet written */
export function laneStreams(
  lane: LaneId,
  rows: LaneRows,
  kinds: readonly AnyStreamKind[],
  streamsMax: number,
): LaneStreams {
  const kindByPrefix = new Map(kinds.map((kind) => [kind.prefix, kind]));
  const loaded = new Map<string, LoadedStream>();
  // Stream to the version of its first change that its row lacks, oldest first.
  const dirtySince = new Map<string, number>();
  // The same of the batch that is being written. A stream that changes meanwhile is dirty again from that change on.
  const beingWritten = new Map<string, number>();

  // What each load under way may put into memory. A row that was read before its stream was changed, written and evicted
  // again says too little: whoever waits asks once more.
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
    loaded.set(name, { kind, state, version, used: true });
  };

  const mustBeLoaded = (name: string): LoadedStream => {
    const stream = loaded.get(name);
    if (!stream) throw new Error(`the stream ${name} was not asked for`);
    return stream;
  };

  return {
    view: {
      has: (name) => loaded.has(name),
      get(kind, id) {
        const stream = mustBeLoaded(streamName(kind, id));
        stream.used = true;
        return stream.state as ReturnType<typeof kind.initial>;
      },
    },

    missing: (names) => names.filter((name) => !loaded.has(name)),

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
      stream.used = true;
      if (!dirtySince.has(name)) dirtySince.set(name, version);
    },

    lacks: (name, version) => mustBeLoaded(name).version < version,

    dueOf(name) {
      const { kind, state } = mustBeLoaded(name);
      return kind.due?.(state);
    },

    unwritten(limit) {
      const batch: StreamRow[] = [];
      for (const [name, since] of dirtySince) {
        if (batch.length === limit) break;
        dirtySince.delete(name);
        beingWritten.set(name, since);
        const { kind, state, version } = mustBeLoaded(name);
        batch.push({ stream: name, version, state: kind.encode(state), due: kind.due?.(state) });
      }
      return batch;
    },

    written(batch) {
      for (const row of batch) {
        beingWritten.delete(row.stream);
      }
    },

    oldestUnwritten() {
      let oldest: number | undefined;
      for (const since of beingWritten.values()) oldest = Math.min(oldest ?? since, since);
      for (const since of dirtySince.values()) return Math.min(oldest ?? since, since);
      return oldest;
    },

    unwrittenCount: () => dirtySince.size + beingWritten.size,

    evict() {
      if (loaded.size <= streamsMax) return;
      // Second chance: what was used since the last look stays, once.
      let looks = Math.min(loaded.size, 2 * (loaded.size - streamsMax) + 1_000);
      for (const [name, stream] of loaded) {
        if (looks === 0 || loaded.size <= streamsMax) return;
        looks -= 1;
        loaded.delete(name);
        if (stream.used || dirtySince.has(name) || beingWritten.has(name)) {
          stream.used = false;
          loaded.set(name, stream);
        } else for (const current of loads) current.delete(name);
      }
    },

    count: () => loaded.size,
  };
}
