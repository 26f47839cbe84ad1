/**
 * A projection's documents: in memory, read when they are not, and written behind together with the
 * positions.
 */
import type { Clock } from './clock.ts';
import { laneKey } from './commit.ts';
import {
  type CachedDocument,
  type DocumentCache,
  type DocumentText,
  documentCache,
} from './document-cache.ts';
import { StoreCorrupt } from './event-log.ts';
import type { DocumentRow, Position, ReadModel } from './read-model.ts';
import { sharedWriting } from './shared-writing.ts';
import { stopSignal } from './stop-signal.ts';
import { writtenBehind } from './write-behind.ts';

/** What changes again meanwhile is written once; what a crash loses is folded again. */
const writeEveryMs = 3_000;
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

/** The last one of each lane. */
const newestOfEach = (positions: readonly Position[]): readonly Position[] => [
  ...new Map(positions.map((position) => [laneKey(position), position])).values(),
];

export function documentStore<Doc>(options: DocumentStoreOptions<Doc>): DocumentStore<Doc> {
  const { readModel, clock, positions, text, writtenBefore } = options;
  const shared = writtenBefore && sharedWriting(writtenBefore);
  const cache = documentCache<Doc>(options.documentsMax, options.appendOnly, text);
  const loading = new Map<string, Promise<ReadDocuments<Doc>>>();
  let running: Promise<void> = Promise.resolve();
  let queued: Promise<void> | undefined;
  let cancelTimer: (() => void) | undefined;
  let givenUp = false;
  let leftPositions: readonly Position[] = [];
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

  /** @returns what another process is to write */
  const writeOurs = async (made: readonly CachedDocument<Doc>[], at: readonly Position[]) => {
    const mayLeave = !stopping.stopped() && made.length < writeAtDocuments;
    const all = { documents: made, positions: at, left: { documents: [], positions: [] } };
    const divided = (await shared?.divide(made, at, mayLeave)) ?? all;
    await readModel.write(divided.documents.map(rowOf), divided.positions, 'later');
    return divided.left;
  };

  const writeOnce = async () => {
    queued = undefined;
    if (givenUp) return;
    // Between two commits, and at the same moment as the positions.
    const made = cache.takeUnwritten();
    const at = newestOfEach([...leftPositions, ...positions()]);
    let left: Awaited<ReturnType<typeof writeOurs>> = { documents: [], positions: [] };
    const write = async () => {
      left = await writeOurs(made, at);
    };
    if (!(await writtenBehind(write, stopping, () => givenUp || stopping.stopped()))) {
      givenUp = true;
      return;
    }
    leftPositions = left.positions;
    cache.written(left.documents);
    cache.evict();
    letGo();
    if (cache.unwrittenCount() > 0) writeSoon();
  };

  const writeSoon = () => {
    if (!stopping.stopped()) cancelTimer ??= clock.after(writeEveryMs, () => void flush());
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
      writeSoon();
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
