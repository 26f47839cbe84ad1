import { monitorEventLoopDelay } from 'node:perf_hooks';

export type LoopLag = {
  /** How late this thread's event loop was, p99 since it was last asked. */
  p99Seconds(): number;
  stop(): void;
};

const lookEachMs = 20;
const nanoseconds = 1e-9;

/**
 * An embedded system's gateway has a thread of its own, of whose event loop the figures of the
 * process (`nodejs_eventloop_…`, of the main thread) tell nothing.
 */
export function watchLoopLag(): LoopLag {
  const looks = monitorEventLoopDelay({ resolution: lookEachMs });
  looks.enable();
  return {
    p99Seconds() {
      // What Node tells is the time between two looks.
      const betweenLooks = looks.count > 0 ? looks.percentile(99) * nanoseconds : 0;
      looks.reset();
      return Math.max(0, betweenLooks - lookEachMs / 1_000);
    },
    stop: () => void looks.disable(),
  };
}
