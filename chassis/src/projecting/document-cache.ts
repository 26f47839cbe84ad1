/**
 * A projection's documents in memory, decoded: those not yet written for certain, and the others as
 * long as there is room.
 */
import type { DocumentRow } from '../read-model/read-model.ts';
import { evict } from '../second-chance.ts';

export type CachedDocument<Doc> = {
  readonly collection: string;
  readonly id: string;
  document: Doc | undefined;
  /** The lane's version that changed it last, 0 for none; its row has the same. */
  version: number;
  /** The only lane that may change it, once one has: versions of two lanes cannot be compared. */
  lane: string | undefined;
  used: boolean;
};

/** How documents stand in rows. */
export type DocumentText<Doc> = {
  encode(document: Doc): string;
  decode(text: string): Doc;
};

/** Documents that are JSON as they are. */
export const asJson = <Doc>(): DocumentText<Doc> => ({
  encode: (document) => JSON.stringify(document),
  decode: (text) => JSON.parse(text) as Doc,
});

export type DocumentCache<Doc> = {
  find(collection: string, id: string): CachedDocument<Doc> | undefined;
  /** The one in memory, or a new one as its row says; undefined: it has no row. */
  put(collection: string, id: string, row: DocumentRow | undefined): CachedDocument<Doc>;
  changed(cached: CachedDocument<Doc>): void;
  /** What is to be written, now being written. */
  takeUnwritten(): readonly CachedDocument<Doc>[];
  /** @param except those of them that are still to be written */
  written(except?: readonly CachedDocument<Doc>[]): void;
  unwrittenOf(collection: string): readonly CachedDocument<Doc>[];
  unwrittenCount(): number;
  evict(): void;
  clear(): void;
  count(): number;
};

/** Looks at a collection for each document that is to go, and a few more. */
const looksBeyond = 100;

type Collection<Doc> = Map<string, CachedDocument<Doc>>;

type State<Doc> = {
  readonly documentsMax: number;
  readonly appendOnly: readonly string[];
  readonly text: DocumentText<Doc>;
  readonly collections: Map<string, Collection<Doc>>;
  unwritten: Set<CachedDocument<Doc>>;
  beingWritten: Set<CachedDocument<Doc>>;
  count: number;
};

/**
 * @param documentsMax more only while they are not yet written
 * @param appendOnly collections whose documents are dropped once written
 */
export function documentCache<Doc>(
  documentsMax: number,
  appendOnly: readonly string[],
  text: DocumentText<Doc> = asJson(),
): DocumentCache<Doc> {
  const state: State<Doc> = {
    ...{ documentsMax, appendOnly, text, collections: new Map() },
    ...{ unwritten: new Set(), beingWritten: new Set(), count: 0 },
  };
  return {
    find(collection, id) {
      const cached = state.collections.get(collection)?.get(id);
      if (cached) cached.used = true;
      return cached;
    },

    put: (collection, id, row) => put(state, { collection, id }, row),
    changed: (cached) => state.unwritten.add(cached),

    takeUnwritten() {
      state.beingWritten = state.unwritten;
      state.unwritten = new Set();
      return [...state.beingWritten];
    },

    written: (except = []) => written(state, except),

    unwrittenOf(collection) {
      const all = new Set([...state.unwritten, ...state.beingWritten]);
      return [...all].filter((cached) => cached.collection === collection);
    },

    unwrittenCount: () => state.unwritten.size + state.beingWritten.size,

    evict() {
      for (const collection of state.collections.values()) evictFrom(state, collection);
    },

    clear() {
      state.collections.clear();
      state.unwritten = new Set();
      state.beingWritten = new Set();
      state.count = 0;
    },

    count: () => state.count,
  };
}

function collectionOf<Doc>({ collections }: State<Doc>, name: string): Collection<Doc> {
  const known = collections.get(name);
  if (known) return known;
  const collection: Collection<Doc> = new Map();
  collections.set(name, collection);
  return collection;
}

function put<Doc>(
  state: State<Doc>,
  { collection: name, id }: Pick<CachedDocument<Doc>, 'collection' | 'id'>,
  row: DocumentRow | undefined,
): CachedDocument<Doc> {
  const collection = collectionOf(state, name);
  const known = collection.get(id);
  if (known) return known;
  const cached = {
    // First what each look needs, so that the rest need not be fetched from memory.
    document: row?.body === undefined ? undefined : state.text.decode(row.body),
    ...{ used: true, collection: name, id, lane: undefined, version: row?.version ?? 0 },
  };
  collection.set(id, cached);
  state.count += 1;
  return cached;
}

function written<Doc>(state: State<Doc>, except: readonly CachedDocument<Doc>[]): void {
  const { unwritten, beingWritten, appendOnly, collections } = state;
  for (const cached of except) unwritten.add(cached);
  for (const cached of beingWritten) {
    if (!appendOnly.includes(cached.collection) || unwritten.has(cached)) continue;
    if (collections.get(cached.collection)?.delete(cached.id)) state.count -= 1;
  }
  state.beingWritten = new Set();
}

const evictFrom = <Doc>(state: State<Doc>, collection: Collection<Doc>): void =>
  evict({
    items: collection.values(),
    looksMax: Math.min(collection.size, 2 * (state.count - state.documentsMax) + looksBeyond),
    isFull: () => state.count > state.documentsMax,
    mustStay: (cached) => state.unwritten.has(cached) || state.beingWritten.has(cached),
    putLast(cached) {
      collection.delete(cached.id);
      collection.set(cached.id, cached);
    },
    forget(cached) {
      collection.delete(cached.id);
      state.count -= 1;
    },
  });
