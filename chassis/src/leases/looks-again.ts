/** A look that is repeated regularly and on a hint, one at a time. */
import type { Clock } from '../clock.ts';
import { stopSignal } from '../stop-signal.ts';

export type LooksAgain = {
  start(): void;
  soon(): void;
  /** Resolves when no look is under way any more. */
  stop(): Promise<void>;
};

/** @param look must not throw */
export function looksAgain(clock: Clock, everyMs: number, look: () => Promise<void>): LooksAgain {
  const stopping = stopSignal(clock);
  let looking: Promise<void> | undefined;
  let again = false;

  const soon = () => {
    if (stopping.stopped()) return;
    if (looking) {
      again = true;
      return;
    }
    looking = look().finally(() => {
      looking = undefined;
      if (!again) return;
      again = false;
      soon();
    });
  };

  const regularly = async () => {
    while (!stopping.stopped()) {
      await stopping.pause(everyMs);
      soon();
    }
  };

  return {
    start: () => void regularly(),
    soon,
    async stop() {
      stopping.stop();
      await looking;
    },
  };
}
