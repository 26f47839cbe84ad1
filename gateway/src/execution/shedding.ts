/**
 * How many operations are answered at once: as many as are answered in good time, so that those who
 * are let in are not slower than usual while more come than can be answered. Browsing and carts are
 * refused first, orders and what has happened to stock last (DESIGN 2).
 */
import type { PreparedOperation } from './federation.ts';

export type Shedding = {
  /** @param inFlight with the one that asks */
  admits(asked: Pick<PreparedOperation, 'operation' | 'rootFields'>, inFlight: number): boolean;
  /** Told of each one that was let in. */
  answered(tookMs: number, inFlight: number): void;
  /** So many of those that are refused first are let in now. */
  limit(): number;
};

/** A shop that answers later than this loses its customers, so more at once helps nobody. */
const goodTimeMs = 400;
/** So few are let in however long they take: a lane that changes hands keeps some waiting. */
const leastAtOnce = 64;
const shrinkBy = 0.98;
const growBy = 8;

const shedFirst: ReadonlySet<string> = new Set(['reserveStock', 'extendReservation']);

/** @param most at once of any kind */
export function createShedding(most: number): Shedding {
  const least = Math.min(leastAtOnce, most);
  let limit = most;
  const isShedFirst = ({ operation, rootFields }: Parameters<Shedding['admits']>[0]) =>
    operation.operation === 'query' || rootFields.every((field) => shedFirst.has(field));
  return {
    admits: (asked, inFlight) => inFlight <= (isShedFirst(asked) ? limit : most),
    answered(tookMs, inFlight) {
      if (tookMs > goodTimeMs) {
        // From what there is, not from what once was allowed: else it takes long to be felt.
        limit = Math.max(least, Math.min(limit, inFlight) * shrinkBy);
      } else limit = Math.min(most, limit + growBy / limit);
    },
    limit: () => Math.floor(limit),
  };
}
