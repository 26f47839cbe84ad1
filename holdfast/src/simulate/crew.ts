/** Workers that run seeds, as many at a time as there are hands. */
import { setFlagsFromString } from 'node:v8';
import { Worker } from 'node:worker_threads';
import type { Patch } from './patched-modules.ts';
import type { SeedResult } from './run-seed.ts';

export type WorkerSettings = { readonly patches: readonly Patch[] };
export type ToWorker = { readonly seed: number; readonly story: boolean };
export type FromWorker =
  | { readonly type: 'ready' }
  | { readonly type: 'line'; readonly line: string }
  | { readonly type: 'result'; readonly result: SeedResult };

export type Errand = {
  readonly patches: readonly Patch[];
  /** In the order in which they are begun. */
  readonly seeds: Iterator<number>;
  readonly hands: number;
  /** Prints the story of a run line by line. */
  readonly story?: (line: string) => void;
  /** @returns true when no more seeds are to be begun */
  readonly done: (result: SeedResult) => boolean;
};

/** A run that takes longer will not end. */
const seedWithinMs = 120_000;
/** A world is young as long as it lives: collecting it while it runs finds nothing. */
const youngMb = 96;

/** Resolves when all seeds have run, or enough. @throws when a worker cannot begin */
export async function runSeeds(errand: Errand): Promise<void> {
  // Each life of a process makes its functions anew, and most end before they count as hot: code
  // that is a little faster at once beats code that is much faster later.
  setFlagsFromString('--always-sparkplug');
  let enough = false;
  const next = () => (enough ? undefined : nextOf(errand.seeds));
  const done = (result: SeedResult) => {
    enough = errand.done(result) || enough;
  };
  await Promise.all(Array.from({ length: errand.hands }, () => runHand(errand, next, done)));
}

const nextOf = (seeds: Iterator<number>): number | undefined => {
  const next = seeds.next();
  return next.done ? undefined : next.value;
};

function runHand(
  { patches, story }: Errand,
  next: () => number | undefined,
  done: (result: SeedResult) => void,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const workerData: WorkerSettings = { patches };
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      ...{ workerData, resourceLimits: { maxYoungGenerationSizeMb: youngMb } },
    });
    let seed: number | undefined;
    let watchdog: NodeJS.Timeout | undefined;
    const end = (settle: () => void) => {
      clearTimeout(watchdog);
      worker.removeAllListeners();
      void worker.terminate().then(settle, reject);
    };
    const broken = (words: string) => {
      if (seed === undefined) return end(() => reject(new Error(words)));
      done(brokenResult(seed, words));
      end(resolve);
    };
    const begin = () => {
      seed = next();
      if (seed === undefined) return end(resolve);
      const order: ToWorker = { seed, story: story !== undefined };
      worker.postMessage(order);
      watchdog = setTimeout(() => broken('the run never ends'), seedWithinMs);
    };
    worker.on('error', (failure) =>
      broken(failure instanceof Error ? (failure.stack ?? '') : String(failure)),
    );
    worker.on('message', (message: FromWorker) => {
      if (message.type === 'line') return story?.(message.line);
      clearTimeout(watchdog);
      if (message.type === 'result') done(message.result);
      begin();
    });
  });
}

const brokenResult = (seed: number, words: string): SeedResult => ({
  ...{ seed, steps: 0, virtualMs: 0, commits: 0, requests: 0, noted: [], hash: '' },
  findings: [{ invariant: 'availability', words }],
});
