import type { Clock } from '../clock.ts';
import { inTime } from '../in-time.ts';
import { Overloaded, retryAfterMs } from './lane.ts';

/** Of the 4 s that a gateway waits: after them it could only say that nobody has answered. */
const answerWithinMs = 3_500;

/**
 * A mutation, however many steps it takes.
 * @throws Overloaded when it takes too long; it goes on, so it may be decided
 */
export async function answeredInTime<Answer>(
  clock: Clock,
  mutation: Promise<Answer>,
): Promise<Answer> {
  const answer = await inTime(clock, answerWithinMs, mutation);
  if (answer === 'late') throw new Overloaded(retryAfterMs, true);
  return answer;
}
