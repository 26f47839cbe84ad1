/** Which positions must be written: those of lanes where something has happened since. */
import { type LaneId, laneKey } from '../commit.ts';
import type { Position, ReadModel } from '../read-model/read-model.ts';
import type { CommitWindow } from './commit-window.ts';

type Windows = ReadonlyMap<string, Pick<CommitWindow, 'finished'>>;

/**
 * Tells each position once. Who takes it writes it, or never writes again: what is behind it is
 * done once more at the next start.
 */
export function movedPositions(
  consumer: string,
  lanes: readonly LaneId[],
  windows: Windows,
): () => readonly Position[] {
  const taken = new Map<string, number>();
  return () =>
    lanes.flatMap((lane) => {
      const key = laneKey(lane);
      const at = windows.get(key)?.finished();
      if (!at || taken.get(key) === at.version) return [];
      taken.set(key, at.version);
      return [{ consumer, ...lane, ...at }];
    });
}

/** Up to where anybody has written what came of a lane, by its key. */
export const writtenBy =
  (readModel: Pick<ReadModel, 'position'>, consumer: string, lanes: readonly LaneId[]) =>
  async (key: string): Promise<number> => {
    const lane = lanes.find((each) => laneKey(each) === key);
    return lane ? (await readModel.position(consumer, lane)).version : 0;
  };
