/**
 * Folds logs into documents for reading. Documents are changed in memory, at once and commit by
 * commit, and written behind with the position; a document carries the version that it includes, so
 * a crash in between is harmless.
 */
import { noTracing, type Tracing } from '@holdfast/schema/tracing';
import type { Bus, BusPlace } from '../bus/bus.ts';
import type { Clock } from '../clock.ts';
import { type Commit, genesisHash, type LaneId, type Recorded } from '../commit.ts';
import { laneFeed } from '../following/lane-feed.ts';
import { laneWindows } from '../following/lane-windows.ts';
import { movedPositions, writtenBy } from '../following/moved-positions.ts';
import type { EventLog, Head } from '../log/event-log.ts';
import type { Listed } from '../read-model/merge-range.ts';
import type { Range, ReadModel } from '../read-model/read-model.ts';
import { unplaced } from '../stream-kind.ts';
import { tracedFolding } from '../tracing/traced-commits.ts';
import { asJson, type DocumentText } from './document-cache.ts';
import { documentReads } from './document-reads.ts';
import { documentStore } from './document-store.ts';
import { projectCommit } from './project-commit.ts';

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
  /**
   * Pure: the document after the event; undefined removes it. May change the given one.
   * @param place see `Projector.place`; `unplaced` while it is not known
   */
  evolve(
    document: Doc | undefined,
    recorded: Recorded,
    key: DocumentKey,
    place: number,
  ): Doc | undefined;
  /** The document's last change, until now `unplaced`, has this place. */
  placed?(document: Doc, recorded: Recorded, place: number): Doc;
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
   * Everything up to this place is applied. Places grow over all lanes: of one lane, its versions;
   * of several, the sequence of the bus.
   */
  place(): number;
  /** Names what places are compared within; undefined where they are versions of one lane. */
  epoch(): string | undefined;
  /** Looks into the log of a lane now, where the bus may be late. */
  hurry(lane: LaneId): void;
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
  /** Whether other processes make the same rows of the same logs. */
  readonly isShared?: boolean;
  /** None when left out. */
  readonly tracing?: Tracing | undefined;
};

const pendingMax = 256;
const documentsMaxDefault = 100_000;

export function createProjector<Doc>(options: ProjectorOptions<Doc>): Projector<Doc> {
  const { projection, lanes, log, bus, readModel, clock } = options;
  const { name, collections, appendOnly = [], text = asJson<Doc>() } = projection;
  const { documentsMax = documentsMaxDefault, tracing = noTracing, isShared } = options;
  const windows = laneWindows(lanes);
  const listeners = new Set<(commit: Commit, changed: readonly DocumentKey[]) => void>();

  const newStore = () =>
    documentStore<Doc>({
      ...{ readModel, clock, documentsMax, appendOnly, text },
      positions: movedPositions(name, lanes, windows.all),
      writtenBefore: isShared ? writtenBy(readModel, name, lanes) : undefined,
    });
  let store = newStore();
  let commits = projectCommit(projection, store);

  const placeOf = ({ version }: Commit, place: BusPlace | undefined): number =>
    lanes.length === 1 ? version : (place?.sequence ?? unplaced);

  const applyNow = (
    commit: Commit,
    changes: ReturnType<typeof commits.changesOf>,
    place: number,
  ) => {
    try {
      const changed = commits.apply(commit, changes, place);
      windows.finish(commit);
      for (const listener of listeners) listener(commit, changed);
    } catch (failure) {
      store.giveUp();
      throw failure;
    }
    return store.afterCommit();
  };

  const deliver = tracedFolding({ tracing, clock, consumer: name }, (commit, at) => {
    const changes = commits.changesOf(commit);
    const place = placeOf(commit, at);
    const loaded = commits.load(changes);
    return loaded
      ? loaded.then(() => applyNow(commit, changes, place))
      : applyNow(commit, changes, place);
  });

  const placed = (commit: Commit, { sequence }: BusPlace) => {
    if (lanes.length > 1) commits.place(commit, sequence);
  };

  const feed = laneFeed({ consumer: name, lanes, log, bus, clock, pendingMax, deliver, placed });

  const follow = async (from: readonly Head[]) => {
    const heads = await Promise.all(lanes.map((lane) => log.head(lane)));
    windows.begin(from);
    feed.start(from);
    await Promise.race([
      Promise.all(lanes.map((lane, at) => windows.reached(lane, heads[at]?.version ?? 0))),
      feed.brokenOnce(),
    ]);
  };

  const reads = documentReads({ readModel, appendOnly, text, store: () => store });

  const stopFollowing = async (reason: string) => {
    windows.stop(new Error(`${name} ${reason}`));
    await store.stop(feed.stop());
  };

  return {
    async start() {
      await follow(await Promise.all(lanes.map((lane) => readModel.position(name, lane))));
    },

    stop: () => stopFollowing('has stopped'),
    applied: windows.finished,
    place() {
      const [only] = lanes;
      if (lanes.length === 1 && only) return windows.finished(only);
      return feed.included()?.sequence ?? 0;
    },
    epoch: () => (lanes.length === 1 ? undefined : feed.included()?.epoch),
    hurry: feed.hurry,
    reached: windows.reached,

    ...reads,

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
      behind: lanes.reduce((sum, lane) => sum + feed.seenVersion(lane) - windows.finished(lane), 0),
      documentsInMemory: store.cache.count(),
      unwrittenDocuments: store.cache.unwrittenCount(),
    }),
  };
}
