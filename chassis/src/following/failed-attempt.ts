/** What a failed attempt makes of a group: when it is tried again, or that it is parked. */
import type { Clock } from '../clock.ts';
import { withJitter } from '../jitter.ts';
import { type EventGroup, type ParkedStatus, PermanentFailure } from './parked.ts';
import { isPassing } from './passing-failure.ts';

/** A failure that passes by itself is tried again at least as often as after so many attempts. */
const passingAttemptsMax = 4;

type Retrying = { readonly clock: Clock; readonly retryDelaysMs: readonly number[] };

export type FailedAttempt = {
  /** With this one. */
  readonly attempts: number;
  readonly failure: unknown;
};

export function statusAfter(
  { clock, retryDelaysMs }: Retrying,
  { id }: EventGroup,
  { attempts, failure }: FailedAttempt,
): ParkedStatus {
  // However long an outage lasts, what it held up goes on by itself soon after.
  const counted = isPassing(failure) ? Math.min(attempts, passingAttemptsMax) : attempts;
  const delayMs = retryDelaysMs[counted - 1];
  const now = clock.now();
  if (failure instanceof PermanentFailure || delayMs === undefined) {
    return { type: 'parked', attempts: counted, since: now };
  }
  const nextAt = now + withJitter(delayMs, id, counted);
  return { type: 'retrying', attempts: counted, nextAt };
}

export const textOf = (failure: unknown) =>
  failure instanceof Error
    ? { cause: failure.name, reason: failure.message }
    : { cause: 'Failure', reason: String(failure) };

/** Never longer than the delay itself: the clock may have been set back since. */
export const leftMs = (
  { clock, retryDelaysMs }: Retrying,
  { attempts, nextAt }: Extract<ParkedStatus, { type: 'retrying' }>,
  id: string,
) => Math.min(nextAt - clock.now(), withJitter(retryDelaysMs[attempts - 1] ?? 0, id, attempts));
