import { type Clock, type Instant, systemClock } from '../src/clock.ts';

/** A clock that shows what a test says, and whose delays are real. */
export const clockAt = (now: () => Instant): Clock => ({ ...systemClock(), now });
