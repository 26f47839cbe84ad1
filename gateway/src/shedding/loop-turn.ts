/**
 * A turn of the event loop reads all that came while the one before lasted: under load hundreds of
 * requests, which have waited since it began at least. It is done in parts, so that what is ready
 * meanwhile need not wait for its end.
 */
import type { LiveClock } from '../live/live-clock.ts';

export type LoopTurn = {
  /** Another request is begun. @returns when its turn began, by the monotonic clock */
  begin(): number;
  beganAt(): number;
  /** Calls back once, at the end of this part of the turn. */
  afterPart(callback: () => void): void;
  /** Calls back once, when all that this turn has read is begun. */
  afterTurn(callback: () => void): void;
};

export type LoopTurnOptions = {
  readonly clock: Pick<LiveClock, 'monotonicMs'>;
  /** Called after each part of a turn that has several. */
  readonly betweenParts: () => void;
  /** Calls back when this turn has read all that there was. */
  readonly whenRead: (callback: () => void) => void;
  /** Called when it goes on reading for long, again and again: for what waits for its end. */
  readonly whenLong: () => void;
};

/** Refused, so many take some eight milliseconds. */
const partRequests = 128;
/** One that goes on reading for longer counts as several. */
const turnMsMax = 100;

const callAll = (callbacks: (() => void)[]): void => {
  for (const callback of callbacks.splice(0)) callback();
};

export function loopTurn(options: LoopTurnOptions): LoopTurn {
  const { clock, betweenParts, whenRead, whenLong } = options;
  const afterPart: (() => void)[] = [];
  const afterTurn: (() => void)[] = [];
  let began: number | undefined;
  let requests = 0;

  const end = () => {
    requests = 0;
    callAll(afterPart);
    callAll(afterTurn);
    began = undefined;
  };
  const endPart = (beganAt: number) => {
    if (clock.monotonicMs() - beganAt > turnMsMax) {
      whenLong();
      return end();
    }
    requests = 0;
    callAll(afterPart);
  };
  const beganAt = () => {
    if (began !== undefined) return began;
    whenRead(end);
    began = clock.monotonicMs();
    return began;
  };

  return {
    begin() {
      if (requests >= partRequests) {
        endPart(beganAt());
        betweenParts();
      }
      requests += 1;
      return beganAt();
    },
    beganAt,
    afterPart(callback) {
      beganAt();
      afterPart.push(callback);
    },
    afterTurn(callback) {
      beganAt();
      afterTurn.push(callback);
    },
  };
}
