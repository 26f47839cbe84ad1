/**
 * How many operations are answered at once: as many as are answered in good time, so that those who
 * are let in are not slower than usual while more come than can be answered. Browsing and carts are
 * refused first, orders and what has happened to stock last (DESIGN 2).
 */
import type { PreparedOperation } from './federation.ts';

type Asked = Pick<PreparedOperation, 'operation' | 'rootFields'>;

export type Shedding = {
  /**
   * Lets one in, unless there are too many.
   * @returns what it calls when it is answered
   */
  enter(asked: Asked): ((tookMs: number) => void) | undefined;
  /** All that were let in and are not answered yet. */
  inFlight(): number;
  /** So many of those that are refused first are let in now. */
  limit(): number;
};

/**
 * A shop that answers later than this loses its customers, so more at once helps nobody; an order
 * is worth a wait, but not the end of the gateway's patience, when nobody knows what became of it.
 */
const goodTimeMs = { first: 400, last: 1_000 };
/** So few are let in however long they take: a lane that changes hands keeps some waiting. */
const leastAtOnce = { first: 64, last: 32 };
/**
 * Once an order was refused, of those that are refused first only so few are let in until so many
 * have been answered: orders get what they would have taken, and browsing goes on.
 */
const afterRefusedOrder = { atOnce: 2, answers: 400 };
const shrinkBy = 0.98;
const growBy = 8;

const shedFirst: ReadonlySet<string> = new Set(['reserveStock', 'extendReservation']);

const isShedFirst = ({ operation, rootFields }: Asked): boolean =>
  operation.operation === 'query' || rootFields.every((field) => shedFirst.has(field));

/** As many as are answered in good time; from what there is, not from what once was allowed. */
function fittingLimit(most: number, which: keyof typeof goodTimeMs) {
  const goodMs = goodTimeMs[which];
  const least = Math.min(leastAtOnce[which], most);
  let limit = most;
  return {
    now: () => limit,
    answered(tookMs: number, inFlight: number) {
      if (tookMs <= goodMs) limit = Math.min(most, limit + growBy / limit);
      else limit = Math.max(least, Math.min(limit, inFlight) * shrinkBy);
    },
  };
}

/** @param most at once of any kind */
export function createShedding(most: number): Shedding {
  const first = fittingLimit(most, 'first');
  const last = fittingLimit(most, 'last');
  let inFlight = 0;
  let inFlightLast = 0;
  let answersUntilRelief = 0;
  const isFullForFirst = () =>
    inFlight >= first.now() ||
    (answersUntilRelief > 0 && inFlight - inFlightLast >= afterRefusedOrder.atOnce);
  return {
    enter(asked) {
      const isFirst = isShedFirst(asked);
      const isFull = isFirst ? isFullForFirst() : inFlightLast >= last.now();
      if (isFull || inFlight >= most) {
        if (!isFirst) answersUntilRelief = afterRefusedOrder.answers;
        return undefined;
      }
      inFlight += 1;
      if (!isFirst) inFlightLast += 1;
      return (tookMs) => {
        // What is shed first makes way for all that is slow, orders only for other orders.
        first.answered(tookMs, inFlight);
        if (!isFirst) last.answered(tookMs, inFlightLast);
        inFlight -= 1;
        if (!isFirst) inFlightLast -= 1;
        answersUntilRelief = Math.max(0, answersUntilRelief - 1);
      };
    },
    inFlight: () => inFlight,
    limit: () => Math.floor(first.now()),
  };
}
