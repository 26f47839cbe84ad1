/**
 * The port by which a process asks the owner of a lane in another process: request and reply, at
 * most once, nothing kept. What it loses is asked again or decided by the asker itself; the log's
 * unique version keeps that safe (DESIGN 2).
 */
import type { LaneId } from '../commit.ts';

export type CommandDoor = {
  /**
   * Answers requests to a lane until the result is called; several processes may serve one lane
   * while it changes hands. `answer` must not throw.
   */
  serve(lane: LaneId, answer: (request: Uint8Array) => Promise<Uint8Array>): () => void;
  /**
   * @returns the reply; `nobody` when no process serves the lane, `away` when this process cannot
   *   reach the bus, so that others may be reached by who can: either way nothing was sent
   * @throws Error before anything is sent when the request is longer than `doorBytesMax`
   * @throws UnansweredRequest when the request may have been heard and no reply came in time
   */
  ask(
    lane: LaneId,
    request: Uint8Array,
    timeoutMs: number,
  ): Promise<Uint8Array | 'nobody' | 'away'>;
};

/** The longest request and reply; a broker carries 1 MiB at most, with what belongs to it. */
export const doorBytesMax = 1024 * 1024 - 8 * 1024;
/** Requests that one process answers at the same time; who asks beyond hears at once. */
export const servedMax = 4_096;

/** Whether anything was decided is not known; the same request may be asked again. */
export class UnansweredRequest extends Error {
  override readonly name = 'UnansweredRequest';
}
