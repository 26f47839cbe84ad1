/**
 * The port to what is derived from logs for reading: documents by id, and how far each consumer has
 * come. Effects first, position after; a document is written only over a lower version, so a repeat
 * changes nothing.
 */
import type { LaneId } from '../commit.ts';

export type DocumentRow = {
  readonly collection: string;
  readonly id: string;
  /** Grows with each change; what it counts is the projection's affair. */
  readonly version: number;
  /** JSON text; undefined removes the document. */
  readonly body: string | undefined;
};

/**
 * A consumer has applied everything of a lane up to and including `version`, whose hash this is.
 */
export type Position = LaneId & {
  readonly consumer: string;
  readonly version: number;
  readonly hash: string;
};

export type Range = {
  /** Only ids that begin with this. */
  readonly prefix: string;
  /** Only ids beyond this one, in the direction of reading. */
  readonly after?: string;
  readonly limit: number;
  readonly direction: 'up' | 'down';
};

export type ReadModel = {
  get(collection: string, ids: readonly string[]): Promise<readonly (DocumentRow | undefined)[]>;
  range(collection: string, range: Range): Promise<readonly DocumentRow[]>;
  /** Version 0 when the consumer has never applied anything. */
  position(consumer: string, lane: LaneId): Promise<Position>;
  /**
   * A position only grows. `now`: as soon as may be, and all of it or nothing where the store can
   * do that. `later`, which nobody waits for: in parts, if the store likes. Of what comes in parts,
   * each position comes after all the documents.
   */
  write(
    documents: readonly DocumentRow[],
    positions: readonly Position[],
    urgency?: 'now' | 'later',
  ): Promise<void>;
  /** Forgets a consumer's documents and positions, so that it begins again from zero. */
  reset(consumer: string, collections: readonly string[]): Promise<void>;
};
