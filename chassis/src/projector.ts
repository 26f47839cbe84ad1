/**
 * Folds logs into documents for reading. Documents are changed in memory, at once and commit by
 * commit, and written behind with the position; a document carries the version that it includes, so
 * a crash in between is harmless.
 */
import type { Bus } from './bus.ts';
import type { Clock } from './clock.ts';
import { type Commit, genesisHash, type LaneId, type Recorded } from './commit.ts';
import { type CommitWindow, commitWindow } from './commit-window.ts';
import { asJson, type DocumentText } from './document-cache.ts';
import { documentStore } from './document-store.ts';
import type { EventLog, Head } from './event-log.ts';
import { laneFeed, laneKey } from './lane-feed.ts';
import { inRange, type Listed, mergeRange } from './merge-range.ts';
import { projectCommit } from './project-commit.ts';
import type { DocumentRow, Range, ReadModel } from './read-model.ts';

export type DocumentKey = { readonly collection: string; readonly id: string };

export type Projection<Doc> = {
  /** Names the position: unique, and never changed. */
  readonly name: string;
  readonly collections: readonly string[];
  /**
   * Those of the collections whose documents are made by one commit and never change, e.g. an audit
   * trail: they are not read before and not kept in memory after they are written.
   */
  readonly appendOnly?: readonly string[];
  /** Documents that an event changes. All events that change one document are in one lane. */
  keysOf(recorded: Recorded): readonly DocumentKey[];
  /** Pure: the document after the event; undefined removes it. May change the given one. */
  evolve(document: Doc | undefined, recorded: Recorded, key: DocumentKey): Doc | undefined;
  /** How its documents stand in rows; as JSON when left out. */
  readonly text?: DocumentText<Doc>;
};

export type ProjectorFigures = {
  /** Commits known and not yet applied. */
  readonly behind: number;
  readonly documentsInMemory: number;
  readonly unwrittenDocuments: number;
};

/**
 * Documents are shown as they are in memory: to be looked at, not changed, and not kept over an
 * `await`.
 */
export type Projector<Doc> = {
  /**
   * Resolves when everything that is in the log at the time of the call is applied, or cannot be
   * (`notReady`).
   */
  start(): Promise<void>;
  /** Writes what is applied. */
  stop(): Promise<void>;
  applied(lane: LaneId): number;
  /**
   * Resolves when everything up to `version` is applied, in memory; undefined when it already is,
   * so that a hot reader does not wait a tick.
   * @throws Error when the projector stops before
   */
  reached(lane: LaneId, version: number): Promise<void> | undefined;
  /** From memory without waiting; undefined when it is not in memory. */
  peek(collection: string, id: string): { readonly document: Doc | undefined } | undefined;
  /** In the order asked. */
  read(collection: string, ids: readonly string[]): Promise<readonly (Doc | undefined)[]>;
  /** Complete, what is not yet written included. */
  range(collection: string, range: Range): Promise<readonly Listed<Doc>[]>;
  /**
   * Called after each commit, with the documents that it changed; must not throw. Ended by the
   * result.
   */
  onApplied(listener: (commit: Commit, changed: readonly DocumentKey[]) => void): () => void;
  /** Forgets all documents and folds the logs from their beginnings. */
  rebuild(): Promise<void>;
  /** Why it does not follow as it should, one sentence each. */
  notReady(): readonly string[];
  figures(): ProjectorFigures;
};

export type ProjectorOptions<Doc> = {
  readonly projection: Projection<Doc>;
  readonly lanes: readonly LaneId[];
  readonly log: EventLog;
  readonly bus: Bus;
  readonly readModel: ReadModel;
  readonly clock: Clock;
  /** Documents kept in memory; more only while they are not yet written. */
  readonly documentsMax?: number;
};

const pendingMax = 256;
const documentsMaxDefault = 100_000;

export function createProjector<Doc>(options: ProjectorOptions<Doc>): Projector<Doc> {
  const { projection, lanes, log, bus, readModel, clock } = options;
  const { name, collections, appendOnly = [], text = asJson<Doc>() } = projection;
  const { documentsMax = documentsMaxDefault } = options;
  const windows = new Map<string, CommitWindow>();
  const listedFromRow = ({ id, body = '' }: DocumentRow): Listed<Doc> => ({
    ...{ id, document: text.decode(body) },
  });
  const listeners = new Set<(commit: Commit, changed: readonly DocumentKey[]) => void>();

  const newStore = () =>
    documentStore<Doc>({
      ...{ readModel, clock, documentsMax, appendOnly, text },
      positions: () =>
        lanes.flatMap((lane) => {
          const at = windows.get(laneKey(lane))?.finished();
          return at ? [{ consumer: name, ...lane, version: at.version, hash: at.hash }] : [];
        }),
    });
  let store = newStore();
  let commits = projectCommit(projection, store);

  const applyNow = (commit: Commit, changes: ReturnType<typeof commits.changesOf>) => {
    try {
      const changed = commits.apply(commit, changes);
      windows.get(laneKey(commit))?.begin({ version: commit.version, hash: commit.hash })();
      for (const listener of listeners) listener(commit, changed);
    } catch (failure) {
      store.giveUp();
      throw failure;
    }
    return store.afterCommit();
  };

  const deliver = (commit: Commit): Promise<void> | undefined => {
    const changes = commits.changesOf(commit);
    const loaded = commits.load(changes);
    return loaded ? loaded.then(() => applyNow(commit, changes)) : applyNow(commit, changes);
  };

  const feed = laneFeed({ consumer: name, lanes, log, bus, clock, pendingMax, deliver });

  const reached = (lane: LaneId, version: number) => windows.get(laneKey(lane))?.reached(version);

  const follow = async (from: readonly Head[]) => {
    const heads = await Promise.all(lanes.map((lane) => log.head(lane)));
    lanes.forEach((lane, at) => {
      const head = from[at] ?? { version: 0, hash: genesisHash };
      windows.set(
        laneKey(lane),
        commitWindow(head, 1, () => {}),
      );
    });
    feed.start(from);
    await Promise.race([
      Promise.all(lanes.map((lane, at) => reached(lane, heads[at]?.version ?? 0))),
      feed.brokenOnce(),
    ]);
  };

  const readRows = async (collection: string, ids: readonly string[]) => {
    const rows = await readModel.get(collection, ids);
    const found = rows.flatMap((row) => (row ? [listedFromRow(row)] : []));
    return new Map(found.map((listed) => [listed.id, listed]));
  };

  const stopFollowing = async (reason: string) => {
    for (const window of windows.values()) window.stop(new Error(`${name} ${reason}`));
    await store.stop(feed.stop());
  };

  return {
    async start() {
      await follow(await Promise.all(lanes.map((lane) => readModel.position(name, lane))));
    },

    stop: () => stopFollowing('has stopped'),
    applied: (lane) => windows.get(laneKey(lane))?.finished().version ?? 0,
    reached,

    peek: (collection, id) => store.cache.find(collection, id),

    async read(collection, ids) {
      const { cache } = store;
      const missing = ids.filter((id) => !cache.find(collection, id));
      if (missing.length === 0) return ids.map((id) => cache.find(collection, id)?.document);
      const read = appendOnly.includes(collection)
        ? await readRows(collection, missing)
        : await store.load(collection, missing);
      return ids.map((id) => (cache.find(collection, id) ?? read.get(id))?.document);
    },

    async range(collection, range) {
      // Before the rows are read: what is written meanwhile may be missing in them.
      const newer = store.cache.unwrittenOf(collection).filter(({ id }) => inRange(id, range));
      const limit = range.limit + newer.length;
      const rows = await readModel.range(collection, { ...range, limit });
      return mergeRange(range, rows.map(listedFromRow), newer);
    },

    onApplied(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },

    async rebuild() {
      await stopFollowing('is being rebuilt');
      await readModel.reset(name, collections);
      store = newStore();
      commits = projectCommit(projection, store);
      await follow(lanes.map(() => ({ version: 0, hash: genesisHash })));
    },

    notReady: feed.broken,

    figures: () => ({
      behind: lanes.reduce(
        (sum, lane) =>
          sum + feed.seenVersion(lane) - (windows.get(laneKey(lane))?.finished().version ?? 0),
        0,
      ),
      documentsInMemory: store.cache.count(),
      unwrittenDocuments: store.cache.unwrittenCount(),
    }),
  };
}
