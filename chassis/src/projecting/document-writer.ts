/** Writes a projection's documents behind it, together with its positions. */
import type { Clock } from '../clock.ts';
import { laneKey } from '../commit.ts';
import { withJitter } from '../jitter.ts';
import type { DocumentRow, Position, ReadModel } from '../read-model/read-model.ts';
import {
  alone,
  type Divided,
  type SharedWriting,
  sharedWriting,
} from '../read-model/shared-writing.ts';
import { oneAfterAnother, writtenBehind } from '../read-model/write-behind.ts';
import type { StopSignal } from '../stop-signal.ts';
import type { CachedDocument, DocumentCache, DocumentText } from './document-cache.ts';

/** What changes again meanwhile is written once; what a crash loses is folded again. */
const writeEveryMs = 3_000;
const writeAtDocuments = 2_000;
/** Beyond, nothing more is applied until some are written. */
const unwrittenMax = 20_000;
/** Beyond, nothing is left to another process that may be slow. */
const leftMax = 16_000;

export type DocumentWriter = {
  /** After each commit; a promise when so much is unwritten that the next one must wait. */
  afterCommit(): Promise<void> | undefined;
  /** Never writes again: documents may be half of what a commit makes of them. */
  giveUp(): void;
  /** Writes what there is after the last commit; whoever waits for room is let go at once. */
  stop(lastCommit: Promise<void>): Promise<void>;
};

export type DocumentWriterOptions<Doc> = {
  readonly readModel: ReadModel;
  readonly clock: Clock;
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

function rowOf<Doc>(cached: CachedDocument<Doc>, text: DocumentText<Doc>): DocumentRow {
  const { collection, id, version, document } = cached;
  const body = document === undefined ? undefined : text.encode(document);
  return { collection, id, version, body };
}

type State<Doc> = DocumentWriterOptions<Doc> & {
  readonly cache: DocumentCache<Doc>;
  readonly stopping: StopSignal;
  readonly shared: SharedWriting;
  readonly writes: ReturnType<typeof oneAfterAnother>;
  cancelTimer: (() => void) | undefined;
  /** Unwritten documents that are written without waiting for the time. */
  writeAt: number;
  givenUp: boolean;
  leftPositions: readonly Position[];
  tellRoom: (() => void)[];
};

export function documentWriter<Doc>(
  options: DocumentWriterOptions<Doc>,
  cache: DocumentCache<Doc>,
  stopping: StopSignal,
): DocumentWriter {
  const { writtenBefore } = options;
  const state: State<Doc> = {
    ...{ ...options, cache, stopping },
    shared: writtenBefore ? sharedWriting(writtenBefore) : alone,
    writes: oneAfterAnother(() => writeOnce(state)),
    ...{ cancelTimer: undefined, writeAt: writeAtDocuments },
    ...{ givenUp: false, leftPositions: [], tellRoom: [] },
  };
  return {
    afterCommit() {
      if (stopping.stopped()) return undefined;
      const isMuch = cache.unwrittenCount() >= state.writeAt;
      if (isMuch && !state.writes.isWaiting()) void flush(state);
      writeSoon(state);
      if (cache.unwrittenCount() < unwrittenMax) return undefined;
      return new Promise((resolve) => {
        state.tellRoom.push(resolve);
      });
    },

    giveUp() {
      state.givenUp = true;
    },

    async stop(lastCommit) {
      stopping.stop();
      letGo(state);
      await lastCommit;
      await flush(state);
    },
  };
}

function letGo<Doc>(state: State<Doc>): void {
  const told = state.tellRoom;
  state.tellRoom = [];
  for (const tell of told) tell();
}

function writeSoon<Doc>(state: State<Doc>): void {
  if (state.stopping.stopped()) return;
  state.cancelTimer ??= state.clock.after(everyMs(state), () => void flush(state));
}

/** Those who write the same do not come at the same moment again and again. */
const everyMs = <Doc>({ writtenBefore, clock }: State<Doc>): number =>
  writtenBefore ? withJitter(writeEveryMs, clock.newId(), 0) : writeEveryMs;

function flush<Doc>(state: State<Doc>): Promise<void> {
  state.cancelTimer?.();
  state.cancelTimer = undefined;
  return state.writes.flush();
}

async function writeOnce<Doc>(state: State<Doc>): Promise<void> {
  const { cache, stopping, positions, shared, readModel, text } = state;
  if (state.givenUp) return;
  // At the same moment as the positions: a row may be newer by the time it is written, never older.
  const made = cache.takeUnwritten();
  const at = newestOfEach([...state.leftPositions, ...positions()]);
  state.writeAt = made.length + writeAtDocuments;
  let left: Divided<CachedDocument<Doc>>['left'] = { documents: [], positions: [] };
  const write = async () => {
    const mayLeave = !stopping.stopped() && made.length < leftMax;
    const ours = await shared.divide(made, at, mayLeave);
    const rows = ours.documents.map((cached) => rowOf(cached, text));
    await readModel.write(rows, ours.positions, 'later');
    left = ours.left;
  };
  if (!(await writtenBehind(write, stopping, () => state.givenUp || stopping.stopped()))) {
    state.givenUp = true;
    return;
  }
  state.leftPositions = left.positions;
  state.writeAt = left.documents.length + writeAtDocuments;
  cache.written(left.documents);
  cache.evict();
  letGo(state);
  if (cache.unwrittenCount() > 0) writeSoon(state);
}
