/** Keeps the mark of what the bus has, so that a start need not ask a bus that has forgotten. */
import type { Clock } from '../clock.ts';
import type { LaneId } from '../commit.ts';
import type { ReadModel } from '../read-model/read-model.ts';
import { markConsumer, type RelayStart } from './relay-start.ts';

const markEveryMs = 10_000;

export type RelayMarks = {
  start(): void;
  /** Writes what has moved. */
  stop(): Promise<void>;
};

export function relayMarks(options: {
  readonly clock: Clock;
  readonly mark?: Pick<ReadModel, 'write'>;
  readonly relayed: () => Iterable<RelayStart & { readonly lane: LaneId }>;
}): RelayMarks {
  const { clock, mark, relayed } = options;
  let cancel = () => {};
  let stopped = false;
  let marking: Promise<void> | undefined;

  const write = async () => {
    const moved = [...relayed()].filter(({ published, marked }) => published.version > marked);
    if (!mark || moved.length === 0) return;
    const positions = moved.map(({ lane, published, life }) => ({
      ...{ consumer: markConsumer(life), ...lane, ...published },
    }));
    await mark.write([], positions);
    moved.forEach((lane, at) => {
      lane.marked = positions[at]?.version ?? lane.marked;
    });
  };

  const writeRegularly = () => {
    cancel = clock.after(markEveryMs, () => {
      // A mark that could not be written is only older: the bus recognizes what it has.
      marking = write()
        .catch(() => {})
        .then(() => {
          if (!stopped) writeRegularly();
        });
    });
  };

  return {
    start() {
      stopped = false;
      if (mark) writeRegularly();
    },
    async stop() {
      stopped = true;
      cancel();
      await marking;
      await write();
    },
  };
}
