/**
 * A projection's documents: in memory, read when they are not, and written behind together with the
 * positions.
 */

import { StoreCorrupt } from '../log/event-log.ts';
import { stopSignal } from '../stop-signal.ts';
import { type DocumentCache, documentCache } from './document-cache.ts';
import {
  type DocumentWriter,
  type DocumentWriterOptions,
  documentWriter,
} from './document-writer.ts';

const pauseAfterFailureMs = 250;

/** Documents by id, as they were read; those in memory stay current. */
export type ReadDocuments<Doc> = ReadonlyMap<string, { readonly document: Doc | undefined }>;

export type DocumentStore<Doc> = DocumentWriter & {
  readonly cache: DocumentCache<Doc>;
  /** Reads into memory what is not there; each document once, however many ask. */
  load(collection: string, ids: readonly string[]): Promise<ReadDocuments<Doc>>;
  /** The same as often as it takes: a commit cannot be left out. @throws StoreCorrupt */
  loadForCommit(collection: string, ids: readonly string[]): Promise<void>;
};

export type DocumentStoreOptions<Doc> = DocumentWriterOptions<Doc> & {
  readonly documentsMax: number;
  readonly appendOnly: readonly string[];
};

export function documentStore<Doc>(options: DocumentStoreOptions<Doc>): DocumentStore<Doc> {
  const { readModel, clock, text } = options;
  const cache = documentCache<Doc>(options.documentsMax, options.appendOnly, text);
  const loading = new Map<string, Promise<ReadDocuments<Doc>>>();
  const stopping = stopSignal(clock);

  const fetch = async (collection: string, ids: readonly string[]) => {
    try {
      const rows = await readModel.get(collection, ids);
      const read = new Map(ids.map((id, at) => [id, cache.put(collection, id, rows[at])]));
      cache.evict();
      return read;
    } finally {
      for (const id of ids) loading.delete(`${collection}\n${id}`);
    }
  };

  const load = async (collection: string, ids: readonly string[]): Promise<ReadDocuments<Doc>> => {
    const underWay = new Set<Promise<ReadDocuments<Doc>>>();
    const fresh = new Set<string>();
    for (const id of ids) {
      const known = loading.get(`${collection}\n${id}`);
      if (known) underWay.add(known);
      else if (!cache.find(collection, id)) fresh.add(id);
    }
    if (fresh.size > 0) {
      const started = fetch(collection, [...fresh]);
      // One read at a time of each document: an older answer must not come after a newer one.
      for (const id of fresh) loading.set(`${collection}\n${id}`, started);
      underWay.add(started);
    }
    const read = await Promise.all(underWay);
    return new Map(read.flatMap((documents) => [...documents]));
  };

  return {
    cache,

    load,

    async loadForCommit(collection, ids) {
      for (;;) {
        try {
          await load(collection, ids);
          return;
        } catch (failure) {
          if (failure instanceof StoreCorrupt || stopping.stopped()) throw failure;
          await stopping.pause(pauseAfterFailureMs);
        }
      }
    },

    ...documentWriter(options, cache, stopping),
  };
}
