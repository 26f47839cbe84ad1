import type { Clock } from './clock.ts';

/** Lets a loop pause and still end at once when it is told to stop. */
export type StopSignal = {
  stopped(): boolean;
  stop(): void;
  /** Resolves after `delayMs`, or when stopped. */
  pause(delayMs: number): Promise<void>;
};

export function stopSignal(clock: Clock): StopSignal {
  const pauses = new Set<() => void>();
  let stopped = false;
  return {
    stopped: () => stopped,
    stop() {
      stopped = true;
      for (const end of pauses) end();
    },
    pause: (delayMs) =>
      new Promise((resolve) => {
        if (stopped) return resolve();
        const cancel = clock.after(delayMs, () => end());
        const end = () => {
          cancel();
          pauses.delete(end);
          resolve();
        };
        pauses.add(end);
      }),
  };
}
