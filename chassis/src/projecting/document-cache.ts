/**
 * A projection's documents in memory, decoded: those not yet written for certain, and the others as
 * long as there is room.
 */
import type { DocumentRow } from '../read-model/read-model.ts';

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

/**
 * @param documentsMax more only while they are not yet written
 * @param appendOnly collections whose documents are dropped once written
 */
export function documentCache<Doc>(
  documentsMax: number,
  appendOnly: readonly string[],
  text: DocumentText<Doc> = asJson(),
): DocumentCache<Doc> {
  const collections = new Map<string, Map<string, CachedDocument<Doc>>>();
  let unwritten = new Set<CachedDocument<Doc>>();
  let beingWritten = new Set<CachedDocument<Doc>>();
  let count = 0;

  const collectionOf = (name: string) => {
    const known = collections.get(name);
    if (known) return known;
    const collection = new Map<string, CachedDocument<Doc>>();
    collections.set(name, collection);
    return collection;
  };

  const isWritten = (cached: CachedDocument<Doc>) =>
    !unwritten.has(cached) && !beingWritten.has(cached);

  const evictFrom = (collection: Map<string, CachedDocument<Doc>>) => {
    // Second chance: what was used since the last look stays, once.
    let looks = Math.min(collection.size, 2 * (count - documentsMax) + looksBeyond);
    for (const [id, cached] of collection) {
      if (looks === 0 || count <= documentsMax) return;
      looks -= 1;
      collection.delete(id);
      if (cached.used || !isWritten(cached)) {
        cached.used = false;
        collection.set(id, cached);
      } else count -= 1;
    }
  };

  return {
    find(collection, id) {
      const cached = collections.get(collection)?.get(id);
      if (cached) cached.used = true;
      return cached;
    },

    put(name, id, row) {
      const collection = collectionOf(name);
      const known = collection.get(id);
      if (known) return known;
      const cached = {
        // First what each look needs, so that the rest need not be fetched from memory.
        document: row?.body === undefined ? undefined : text.decode(row.body),
        ...{ used: true, collection: name, id, lane: undefined, version: row?.version ?? 0 },
      };
      collection.set(id, cached);
      count += 1;
      return cached;
    },

    changed: (cached) => unwritten.add(cached),

    takeUnwritten() {
      beingWritten = unwritten;
      unwritten = new Set();
      return [...beingWritten];
    },

    written(except = []) {
      for (const cached of except) unwritten.add(cached);
      for (const cached of beingWritten) {
        if (!appendOnly.includes(cached.collection) || unwritten.has(cached)) continue;
        if (collections.get(cached.collection)?.delete(cached.id)) count -= 1;
      }
      beingWritten = new Set();
    },

    unwrittenOf(collection) {
      const all = new Set([...unwritten, ...beingWritten]);
      return [...all].filter((cached) => cached.collection === collection);
    },

    unwrittenCount: () => unwritten.size + beingWritten.size,

    evict() {
      for (const collection of collections.values()) evictFrom(collection);
    },

    clear() {
      collections.clear();
      unwritten = new Set();
      beingWritten = new Set();
      count = 0;
    },

    count: () => count,
  };
}
