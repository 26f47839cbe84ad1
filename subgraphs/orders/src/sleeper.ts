/** Sleeps until woken or until time is up; a wake that comes while nobody sleeps is remembered. */
import type { Clock } from '@holdfast/chassis/clock';

export type Sleeper = {
  wake(): void;
  sleep(ms: number): Promise<void>;
};

export function createSleeper(clock: Clock): Sleeper {
  let woken = false;
  let awake: (() => void) | undefined;
  return {
    wake() {
      woken = true;
      awake?.();
    },
    sleep(ms) {
      return new Promise((resolve) => {
        const end = () => {
          woken = false;
          awake = undefined;
          resolve();
        };
        if (woken) return end();
        const cancel = clock.after(ms, end);
        awake = () => {
          cancel();
          end();
        };
      });
    },
  };
}

/** Resolves with the promise or when time is up, whichever is first. False: time was up. */
export function within(clock: Clock, ms: number, promise: Promise<unknown>): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const cancel = clock.after(ms, () => resolve(false));
    promise.then(
      () => {
        cancel();
        resolve(true);
      },
      (failure: unknown) => {
        cancel();
        reject(failure);
      },
    );
  });
}
