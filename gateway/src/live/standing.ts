/** Up to where a quiet client has everything, for the heartbeats that the hub makes. */
import { type Cursor, reaches } from './cursor.ts';
import type { Entry } from './entry.ts';

/**
 * As far as the upstream that is least far: one that says nothing for a while has told all there
 * was when it last spoke. Never before `cursor`, which the client has.
 */
export const standingOf = (cursor: Cursor, entries: readonly Entry[]): Cursor => {
  let lowest: Cursor | undefined;
  for (const { batch, executing, stagedFrom } of entries) {
    const at = batch.cursor;
    const unoffered = executing !== undefined || stagedFrom !== undefined;
    if (at === undefined || !batch.live || unoffered) return cursor;
    if (!reaches(at, cursor)) return cursor;
    if (lowest === undefined || reaches(lowest, at)) lowest = at;
  }
  return lowest ?? cursor;
};

/** When the upstream that has been silent for longest was last heard. */
export const heardAtMs = (entries: readonly Entry[], nowMs: number): number =>
  entries.reduce((earliest, { batch }) => Math.min(earliest, batch.heardAtMs), nowMs);
