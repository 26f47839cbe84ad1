/** Waits until a projection includes what any process has made durable in a lane. */
import type { LaneId } from '../commit.ts';
import type { EventLog } from '../log/event-log.ts';
import type { Projector } from './projector.ts';

/**
 * Everything that is in the log at the time of the call, however late the bus is. Most often
 * nothing is new: that costs one look by the id that the next commit would have.
 *
 * Errors: those of the log; Error when the projector stops before.
 */
export async function caughtUp<Doc>(
  projector: Projector<Doc>,
  log: EventLog,
  lane: LaneId,
): Promise<void> {
  const [next] = await log.read(lane, projector.applied(lane) + 1, 1);
  if (!next) return;
  const { version } = await log.head(lane);
  const reached = projector.reached(lane, version);
  if (!reached) return;
  projector.hurry(lane);
  await reached;
}
