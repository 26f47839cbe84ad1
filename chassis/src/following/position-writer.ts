/**
 * Writes a follower's positions behind its effects, and with them the rows that must not be later
 * than they are.
 */
import type { Clock } from '../clock.ts';
import type { DocumentRow, Position, ReadModel } from '../read-model/read-model.ts';
import { oneAfterAnother, writtenBehind } from '../read-model/write-behind.ts';
import { stopSignal } from '../stop-signal.ts';

/** Effects are idempotent, so a position may be this old, or this many movements. */
const positionEveryMs = 10_000;
const positionEveryMoves = 500;

export type PositionWriter = {
  /** Positions have moved. */
  moved(): void;
  /** The row as it is now; written soon, together with the positions as they are then. */
  put(row: DocumentRow): void;
  /** Resolves when everything put or moved so far is durable, or given up by `stop`. */
  flush(): Promise<void>;
  /** Writes what waits, once. */
  stop(): Promise<void>;
};

export function positionWriter(options: {
  readonly readModel: Pick<ReadModel, 'write'>;
  readonly clock: Clock;
  /** Where the follower stands now. */
  readonly positions: () => readonly Position[];
}): PositionWriter {
  const { readModel, clock, positions } = options;
  let rows = new Map<string, DocumentRow>();
  let moves = 0;
  let givenUp = false;
  let cancelTimer = () => {};
  const stopping = stopSignal(clock);

  const { flush } = oneAfterAnother(async () => {
    cancelTimer();
    moves = 0;
    if (givenUp) return;
    const taken = rows;
    rows = new Map();
    // At the same moment: a position never knows of more than the rows beside it.
    const moved = positions();
    const write = () => readModel.write([...taken.values()], moved);
    givenUp = !(await writtenBehind(write, stopping));
  });

  return {
    moved() {
      if (stopping.stopped()) return;
      moves += 1;
      if (moves === 1) cancelTimer = clock.after(positionEveryMs, () => void flush());
      if (moves === positionEveryMoves) void flush();
    },

    put(row) {
      rows.set(`${row.collection}\n${row.id}`, row);
      void flush();
    },

    flush,

    async stop() {
      stopping.stop();
      cancelTimer();
      await flush();
    },
  };
}
