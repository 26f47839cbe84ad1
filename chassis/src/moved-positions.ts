/** Which positions must be written: those of lanes where something has happened since. */
import { laneKey } from './commit.ts';
import type { Position } from './read-model.ts';

export function movedPositions(positions: () => readonly Position[]) {
  const written = new Map<string, number>();
  return {
    now: () => positions().filter((each) => written.get(laneKey(each)) !== each.version),
    /** Once they are durable. */
    written(moved: readonly Position[]) {
      for (const each of moved) written.set(laneKey(each), each.version);
    },
  };
}
