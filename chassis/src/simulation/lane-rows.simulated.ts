import { laneKey } from '../commit.ts';

import { inMemoryLaneRows } from '../rows/lane-rows.in-memory.ts';
import type { LaneRows, RowBatch } from '../rows/lane-rows.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { World } from './world.ts';

export type SimulatedRowStore = { of(process: SimulatedProcess): LaneRows };

/** Rows land in parts, each with a failure of its own; the checkpoint after all of them. */
export function simulatedRowStore(world: World): SimulatedRowStore {
  const { random } = world;
  const memory = inMemoryLaneRows();

  const halves = ({ streams, outcomes }: RowBatch): readonly RowBatch[] => {
    const mixed = random.shuffled(streams);
    const middle = random.between(0, mixed.length);
    return [
      { streams: mixed.slice(0, middle), outcomes, checkpoint: undefined },
      { streams: mixed.slice(middle), outcomes: [], checkpoint: undefined },
    ];
  };

  return {
    of(process) {
      const look = <Result>(what: string, effect: () => Promise<Result>) =>
        process.call({ what: () => `read ${what}`, effect, changes: false });
      const put = (lane: Parameters<LaneRows['write']>[0], batch: RowBatch) =>
        process.call({
          what: () => `write rows of ${laneKey(lane)}, checkpoint ${batch.checkpoint}`,
          effect: () => memory.write(lane, batch),
          changes: true,
        });
      return {
        async checkpoint(lane) {
          const version = await look('checkpoint', () => memory.checkpoint(lane));
          if (version > 0) world.note('lane folded from its checkpoint');
          return version;
        },
        streams: (lane, names) => look('stream rows', () => memory.streams(lane, names)),
        outcomes: (lane, ids) => look('outcome rows', () => memory.outcomes(lane, ids)),
        outcomeIds: (lane, after, limit) =>
          look('outcome ids', () => memory.outcomeIds(lane, after, limit)),
        streamNames: (lane, prefix, after, limit) =>
          look('stream names', () => memory.streamNames(lane, prefix, after, limit)),
        due: (lane, until, limit) => look('due rows', () => memory.due(lane, until, limit)),
        async write(lane, batch) {
          await Promise.all(halves(batch).map((half) => put(lane, half)));
          const { checkpoint } = batch;
          if (checkpoint !== undefined) await put(lane, { streams: [], outcomes: [], checkpoint });
        },
      };
    },
  };
}
