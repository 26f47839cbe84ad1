/** The streams that are in memory: loaded, begun, found again and forgotten. */
import type { LaneId } from '../commit.ts';
import type { LaneRows, StreamRow } from '../rows/lane-rows.ts';
import { type AnyStreamKind, idOfStream, prefixOfStream } from '../stream-kind.ts';
import { type NewStreams, newStreams } from './new-streams.ts';

/** Streams that make room for each other, the one that has waited longest for a look first. */
export type Group = {
  readonly streams: Set<LoadedStream>;
  /** More only while they are not yet written. */
  readonly max: number;
};

export type LoadedStream = {
  readonly name: string;
  readonly kind: AnyStreamKind;
  readonly group: Group;
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

export type LoadedStreams = {
  readonly lane: LaneId;
  readonly rows: LaneRows;
  readonly kindByPrefix: ReadonlyMap<string, Pick<LoadedStream, 'kind' | 'group'>>;
  /** One for each kind that has a bound of its own, and one for all others. */
  readonly groups: ReadonlySet<Group>;
  readonly loaded: Map<string, LoadedStream>;
  readonly fresh: NewStreams;
  /**
   * The stream of each kind that was looked at last: a decision looks at the same ones again and
   * again.
   */
  readonly lastViewed: Map<string, { readonly id: string; readonly stream: LoadedStream }>;
  lastFound: LoadedStream | undefined;
  /**
   * What each load under way may put into memory. A row read before its stream was changed, written
   * and evicted again says too little: whoever waits asks once more.
   */
  readonly loads: Set<Set<string>>;
  newestRead: number;
};

/** @param max streams in memory, of all kinds together that have no lower bound of their own */
export function nothingLoaded(
  { lane, rows }: Pick<LoadedStreams, 'lane' | 'rows'>,
  kinds: readonly AnyStreamKind[],
  max: number,
): LoadedStreams {
  const others: Group = { streams: new Set(), max };
  const kindByPrefix = new Map(
    kinds.map((kind) => {
      const { prefix, keptMax = max } = kind;
      const group = keptMax < max ? { streams: new Set<LoadedStream>(), max: keptMax } : others;
      return [prefix, { kind, group }];
    }),
  );
  return {
    ...{ lane, rows, kindByPrefix },
    groups: new Set([...kindByPrefix.values()].map(({ group }) => group)),
    ...{ loaded: new Map(), fresh: newStreams(lane, rows, kinds) },
    ...{ lastViewed: new Map(), lastFound: undefined, loads: new Set(), newestRead: 0 },
  };
}

/** @returns false, and nothing is taken, when a row includes more than `knownVersion` */
export async function load(
  state: LoadedStreams,
  names: readonly string[],
  knownVersion = () => Number.POSITIVE_INFINITY,
): Promise<boolean> {
  const { lane, rows, loaded, loads } = state;
  const current = new Set(names);
  loads.add(current);
  try {
    const found = await rows.streams(lane, names);
    const newest = Math.max(0, ...found.map((row) => row?.version ?? 0));
    if (newest > knownVersion()) return false;
    state.newestRead = Math.max(state.newestRead, newest);
    names.forEach((name, at) => {
      if (current.has(name) && !loaded.has(name)) put(state, name, found[at]);
    });
    return true;
  } finally {
    loads.delete(current);
  }
}

export function isMissing(state: LoadedStreams, name: string): boolean {
  if (state.loaded.has(name)) return false;
  if (!state.fresh.isNew(name)) return true;
  put(state, name, undefined);
  return false;
}

export function begin(state: LoadedStreams, name: string): void {
  if (!state.loaded.has(name)) put(state, name, undefined);
}

function put(streams: LoadedStreams, name: string, row: StreamRow | undefined): void {
  const { kind, group } = kindOf(streams, name);
  const state = row ? kind.decode(row.state) : kind.initial(idOfStream(name));
  const version = row?.version ?? 0;
  const clean = { dirtySince: undefined, writingSince: undefined };
  // One that begins is used once somebody looks at it: most claims are never looked at again.
  const stream = { name, kind, group, state, version, used: row !== undefined, ...clean };
  streams.loaded.set(name, stream);
  group.streams.add(stream);
}

function kindOf({ kindByPrefix }: LoadedStreams, name: string) {
  const known = kindByPrefix.get(prefixOfStream(name));
  if (!known) throw new Error(`no kind of stream for ${name}`);
  return known;
}

export function viewed(state: LoadedStreams, prefix: string, id: string): LoadedStream {
  const last = state.lastViewed.get(prefix);
  if (last?.id === id) return last.stream;
  const stream = mustBeLoaded(state, `${prefix}/${id}`);
  state.lastViewed.set(prefix, { id, stream });
  return stream;
}

export function mustBeLoaded(state: LoadedStreams, name: string): LoadedStream {
  if (state.lastFound?.name === name) return state.lastFound;
  const stream = state.loaded.get(name);
  if (!stream) throw new Error(`the stream ${name} was not asked for`);
  state.lastFound = stream;
  return stream;
}

export function forget(state: LoadedStreams, stream: LoadedStream): void {
  const { name, group } = stream;
  state.loaded.delete(name);
  group.streams.delete(stream);
  state.lastFound = undefined;
  state.lastViewed.clear();
  for (const current of state.loads) current.delete(name);
}
