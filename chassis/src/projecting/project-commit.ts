/**
 * One commit folded into a projection's documents: at once when all of them are in memory, else
 * after reading them.
 */
import { type Commit, laneKey, type Recorded, recordedEvents } from '../commit.ts';
import { assert } from '../decider.ts';
import type { CachedDocument, DocumentCache } from './document-cache.ts';
import type { DocumentStore } from './document-store.ts';

import type { DocumentKey, Projection } from './projector.ts';

function placeDocuments<Doc>(
  { keysOf, placed }: Projection<Doc>,
  cache: DocumentCache<Doc>,
  commit: Commit,
  place: number,
): void {
  if (!placed) return;
  for (const recorded of recordedEvents(commit)) {
    for (const { collection, id } of keysOf(recorded)) {
      const cached = cache.find(collection, id);
      // A row that was written unplaced stays so: told once more than needed, never less.
      if (cached?.document === undefined || cached.version !== commit.version) continue;
      cached.document = placed(cached.document, recorded, place);
    }
  }
}

type Change = { readonly recorded: Recorded; readonly key: DocumentKey };

export type ProjectCommit = {
  changesOf(commit: Commit): readonly Change[];
  /** Undefined when all documents are in memory. */
  load(changes: readonly Change[]): Promise<void> | undefined;
  /** The documents changed; all of `changes` must be in memory. */
  apply(commit: Commit, changes: readonly Change[], place: number): readonly DocumentKey[];
  /** A commit that is applied has this place: its documents in memory hear of it. */
  place(commit: Commit, place: number): void;
};

export function projectCommit<Doc>(
  projection: Projection<Doc>,
  store: DocumentStore<Doc>,
): ProjectCommit {
  const { cache } = store;
  const appendOnly = new Set(projection.appendOnly);

  const lacking = (changes: readonly Change[]): ReadonlyMap<string, readonly string[]> => {
    const lacking = new Map<string, string[]>();
    for (const { key } of changes) {
      if (appendOnly.has(key.collection) || cache.find(key.collection, key.id)) continue;
      const ids = lacking.get(key.collection);
      if (ids) ids.push(key.id);
      else lacking.set(key.collection, [key.id]);
    }
    return lacking;
  };

  const loadAll = async (changes: readonly Change[], first: ReturnType<typeof lacking>) => {
    // What was read may be evicted again while the rest is read.
    for (let ids = first; ids.size > 0; ids = lacking(changes)) {
      await Promise.all(
        [...ids].map(([collection, names]) => store.loadForCommit(collection, names)),
      );
    }
  };

  const mustBeLoaded = ({ collection, id }: DocumentKey): CachedDocument<Doc> => {
    // One commit makes it, so there is none before; if there is, its row is not overwritten.
    return cache.find(collection, id) ?? cache.put(collection, id, undefined);
  };

  return {
    changesOf(commit) {
      const changes: Change[] = [];
      for (const recorded of recordedEvents(commit)) {
        for (const key of projection.keysOf(recorded)) changes.push({ recorded, key });
      }
      return changes;
    },

    load(changes) {
      const ids = lacking(changes);
      return ids.size === 0 ? undefined : loadAll(changes, ids);
    },

    apply(commit, changes, place) {
      const lane = laneKey(commit);
      const changed = new Set<CachedDocument<Doc>>();
      for (const { recorded, key } of changes) {
        const cached = mustBeLoaded(key);
        if (!changed.has(cached)) {
          // Written by an earlier run that did not get to write its position.
          if (cached.version >= commit.version) continue;
          assert(
            cached.lane === undefined || cached.lane === lane,
            `${key.collection}/${key.id} changes in one lane only: ${cached.lane}, not ${lane}`,
          );
          cached.lane = lane;
          cached.version = commit.version;
          changed.add(cached);
          cache.changed(cached);
        }
        cached.document = projection.evolve(cached.document, recorded, key, place);
      }
      return [...changed];
    },

    place: (commit, place) => placeDocuments(projection, cache, commit, place),
  };
}
