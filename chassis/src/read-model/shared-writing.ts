/**
 * Several processes make the same documents of the same lanes. One of them writes a lane's; the
 * others keep theirs in memory until they find that it has, or that it does not any more.
 */
import { laneKey } from '../commit.ts';
import type { Position } from './read-model.ts';

type Made = { readonly lane: string | undefined; readonly version: number };

export type Divided<Document extends Made> = {
  readonly documents: readonly Document[];
  /** Theirs, and of lanes that made no documents. */
  readonly positions: readonly Position[];
  /** Not written by anybody yet, and left to whoever writes their lanes. */
  readonly left: {
    readonly documents: readonly Document[];
    readonly positions: readonly Position[];
  };
};

export type SharedWriting = {
  /** What of it is ours to write now. @param mayLeave false: all that nobody has written */
  divide<Document extends Made>(
    documents: readonly Document[],
    positions: readonly Position[],
    mayLeave: boolean,
  ): Promise<Divided<Document>>;
};

/** All of it is ours where nobody else writes. */
export const alone: SharedWriting = {
  async divide(documents, positions) {
    return { documents, positions, left: { documents: [], positions: [] } };
  },
};

/** Whose position has not moved for so many looks does not write; before, it may be slow. */
const looksMax = 4;

/**
 * @param writtenBefore up to where anybody has written what came of a lane, by its key, 0 for
 *   nothing: its position comes after its documents
 */
export function sharedWriting(writtenBefore: (lane: string) => Promise<number>): SharedWriting {
  // At our last look, or write. Of two who write at the same moment the one with the newer position
  // goes on, since only the other one finds a position that is not its own.
  const known = new Map<string, { readonly upTo: number; readonly looksSinceMoved: number }>();

  const lookAt = async (lane: string) => {
    const upTo = await writtenBefore(lane);
    const before = known.get(lane) ?? { upTo, looksSinceMoved: looksMax };
    const looksSinceMoved = upTo > before.upTo ? 0 : before.looksSinceMoved + 1;
    known.set(lane, { upTo, looksSinceMoved });
    return [lane, { upTo, isAnothers: looksSinceMoved < looksMax }] as const;
  };

  return {
    async divide(documents, positions, mayLeave) {
      const lanes = new Set([...documents.map(({ lane = '' }) => lane), ...positions.map(laneKey)]);
      const looks = new Map(await Promise.all([...lanes].map(lookAt)));
      const isMissing = (lane: string, version: number) => version > (looks.get(lane)?.upTo ?? 0);
      const isLeft = (lane: string) => mayLeave && looks.get(lane)?.isAnothers === true;
      const missing = documents.filter(({ lane = '', version }) => isMissing(lane, version));
      const moved = positions.filter((each) => isMissing(laneKey(each), each.version));
      const ours = moved.filter((each) => !isLeft(laneKey(each)));
      for (const position of ours) {
        known.set(laneKey(position), { upTo: position.version, looksSinceMoved: looksMax });
      }
      return {
        documents: missing.filter(({ lane = '' }) => !isLeft(lane)),
        positions: ours,
        left: {
          documents: missing.filter(({ lane = '' }) => isLeft(lane)),
          positions: moved.filter((each) => isLeft(laneKey(each))),
        },
      };
    },
  };
}
