/**
 * Everything of a tick leaves in one write a client, and only the newest of a key (DESIGN 7). What
 * comes after a rest leaves at once, what comes right after that at the next tick; where nothing
 * waits there is none.
 */
import type { LiveClock } from './live-clock.ts';

export type Tick = {
  /** Something waits. */
  soon(): void;
  stop(): void;
};

/** As short as costs little: after what took long it is longer, so that more leaves at once. */
const restMs = { least: 5, most: 20 };
/** The part of the time that may go into ticks is one to so many. */
const restsPerWork = 4;

/** @param act sends what waits; true when some of it still does */
export function createTick(clock: LiveClock, act: () => boolean): Tick {
  let restsUntilMs = Number.NEGATIVE_INFINITY;
  let cancel: (() => void) | undefined;
  let stopped = false;

  const run = () => {
    cancel = undefined;
    const beganAtMs = clock.monotonicMs();
    const isLeft = act();
    const nowMs = clock.monotonicMs();
    const wishedMs = restsPerWork * (nowMs - beganAtMs);
    restsUntilMs = nowMs + Math.min(restMs.most, Math.max(restMs.least, wishedMs));
    if (isLeft) soon();
  };

  const soon = () => {
    if (stopped) return;
    cancel ??= clock.after(Math.max(0, restsUntilMs - clock.monotonicMs()), run);
  };

  return {
    soon,
    stop() {
      stopped = true;
      cancel?.();
    },
  };
}
