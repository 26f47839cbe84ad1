/**
 * When holds end: at whole tenths of a second. A SKU keeps each moment at which some of its units
 * are free again, and would have as many of them as carts otherwise.
 */

/** Milliseconds since 1970, UTC. */
type Instant = number;

const stepMs = 100;

/** Not before `seconds` from now, and never after `latest`. */
export const holdEnd = (at: Instant, seconds: number, latest: Instant): Instant =>
  Math.min(latest, Math.ceil((at + 1_000 * seconds) / stepMs) * stepMs);

/** Never more than `secondsMax` from now. */
export const latestHoldEnd = (at: Instant, secondsMax: number): Instant =>
  Math.floor((at + 1_000 * secondsMax) / stepMs) * stepMs;
