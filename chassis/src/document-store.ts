/**
 * A projection's documents: in memory, read when they are not, and written behind together with the
 * positions.
 */
import type { Clock } from './clock.ts';
import {
  type CachedDocument,
  type DocumentCache,
  type DocumentText,
  documentCache,
} from './document-cache.ts';
import { StoreCorrupt } from './event-log.ts';
import type { DocumentRow, Position, ReadModel } from './read-model.ts';
import { stopSignal } from './stop-signal.ts';
import { writtenBehind } from './write-behind.ts';

/** What changes again meanwhile is written once; what a crash loses is folded again. */
const writeEveryMs = 1_000;
const writeAtDocuments = 2_000;
/** Beyond, nothing more is applied until some are written. */
const unwrittenMax = 20_000;
const pauseAfterFailureMs = 250;

/** Documents by id, as they were read; those in memory stay current. */
export type ReadDocuments<Doc> = ReadonlyMap<string, { readonly document: Doc | undefined }>;

export type DocumentStore<Doc> = {
  readonly cache: DocumentCache<Doc>;
  /** Reads into memory what is not there; each document once, however many ask. */
  load(collection: string, ids: readonly string[]): Promise<ReadDocuments<Doc>>;
  /** The same as often as it takes: a commit cannot be left out. @throws StoreCorrupt */
  loadForCommit(collection: string, ids: readonly string[]): Promise<void>;
  /** After each commit; a promise when so much is unwritten that the next one must wait. */
  afterCommit(): Promise<void> | undefined;
  /** Never writes again: documents may be half of what a commit makes of them. */
  giveUp(): void;
  /** Writes what there is after the last commit; whoever waits for room is let go at once. */
  stop(lastCommit: Promise<void>): Promise<void>;
};

export type DocumentStoreOptions<Doc> = {
  readonly readModel: ReadModel;
  readonly clock: Clock;
  readonly documentsMax: number;
  readonly appendOnly: readonly string[];
  readonly text: DocumentText<Doc>;
  /** Where the projector stands now. */
  readonly positions: () => readonly Position[];
  /**
   * Up to where another process has written what it made of that lane, 0 for nothing; undefined
   * where no other process writes.
   */
  readonly writtenBefore: ((lane: string) => Promise<number>) | undefined;
};

type Made = { readonly lane: string | undefined; readonly row: DocumentRow };

/** Those that another process has not written already: its position comes after its rows. */
async function notYetRows(
  made: readonly Made[],
  writtenBefore: DocumentStoreOptions<never>['writtenBefore'],
): Promise<readonly DocumentRow[]> {
  if (!writtenBefore) return made.map(({ row }) => row);
  const lanes = [...new Set(made.map(({ lane = '' }) => lane))];
  const upTo = new Map(
    await Promise.all(lanes.map(async (lane) => [lane, await writtenBefore(lane)] as const)),
  );
  return made.flatMap(({ lane = '', row }) => (row.version > (upTo.get(lane) ?? 0) ? row : []));
}

export function documentStore<Doc>(options: DocumentStoreOptions<Doc>): DocumentStore<Doc> {
  const { readModel, clock, positions, text, writtenBefore } = options;
  const cache = documentCache<Doc>(options.documentsMax, options.appendOnly, text);
  const loading = new Map<string, Promise<ReadDocuments<Doc>>>();
  let running: Promise<void> = Promise.resolve();
  let queued: Promise<void> | undefined;
  let cancelTimer: (() => void) | undefined;
  let givenUp = false;
  const stopping = stopSignal(clock);
  let tellRoom: (() => void)[] = [];

  const rowOf = ({ collection, id, version, document }: CachedDocument<Doc>): DocumentRow => ({
    ...{ collection, id, version },
    body: document === undefined ? undefined : text.encode(document),
  });

  const letGo = () => {
    const told = tellRoom;
    tellRoom = [];
    for (const tell of told) tell();
  };

  const writeOnce = async () => {
    queued = undefined;
    if (givenUp) return;
    // Between two commits, and at the same moment as the positions.
    const made = cache.takeUnwritten().map((each) => ({ lane: each.lane, row: rowOf(each) }));
    const at = positions();
    const write = async () => readModel.write(await notYetRows(made, writtenBefore), at, 'later');
    if (!(await writtenBehind(write, stopping, () => givenUp || stopping.stopped()))) {
      givenUp = true;
      return;
    }
    cache.written();
    cache.evict();
    letGo();
  };

  const flush = (): Promise<void> => {
    cancelTimer?.();
    cancelTimer = undefined;
    if (!queued) {
      queued = running.then(writeOnce);
      running = queued;
    }
    return queued;
  };

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

    afterCommit() {
      if (stopping.stopped()) return undefined;
      if (queued === undefined && cache.unwrittenCount() >= writeAtDocuments) void flush();
      cancelTimer ??= clock.after(writeEveryMs, () => void flush());
      if (cache.unwrittenCount() < unwrittenMax) return undefined;
      return new Promise((resolve) => {
        tellRoom.push(resolve);
      });
    },

    giveUp() {
      givenUp = true;
    },

    async stop(lastCommit) {
      stopping.stop();
      letGo();
      await lastCommit;
      await flush();
    },
  };
}
