import type { Clock } from './clock.ts';

/** What it comes to, or `late` after so long; it goes on then, and nobody hears of it. */
export const inTime = <Result>(
  clock: Clock,
  withinMs: number,
  work: Promise<Result>,
): Promise<Result | 'late'> =>
  new Promise((resolve, reject) => {
    const cancel = clock.after(withinMs, () => resolve('late'));
    work.then(resolve, reject).finally(cancel);
  });
