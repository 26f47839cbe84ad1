/** Keeps the processes of one kind alive: one that ends is started anew from the stores. */
import {
  type SimulatedProcess,
  startProcess,
  UnknownOutcome,
} from '@holdfast/chassis/simulation/simulated-process';
import type { World } from '@holdfast/chassis/simulation/world';

export type Instance<App> = { readonly process: SimulatedProcess; readonly app: App };

export type Kept<App> = {
  /** Those that live now. */
  living(): readonly Instance<App>[];
  /** Ends all of them; none lives again before that time has passed. */
  endAll(why: string, forMs: number): void;
};

type Keeping<App> = {
  readonly world: World;
  readonly kind: string;
  readonly count: number;
  readonly create: (process: SimulatedProcess) => App;
  /** Takes what no fault explains. */
  readonly breach: (words: string) => void;
};

const restartMs = { least: 5, most: 600 };

export function keepRunning<App extends { start(): Promise<void> }>(
  keeping: Keeping<App>,
): Kept<App> {
  const { world, kind, count, create, breach } = keeping;
  const places: (Instance<App> | undefined)[] = Array.from({ length: count });
  let darkUntilMs = 0;

  const start = (at: number) => {
    const process = startProcess(world, `${kind}-${at + 1}`);
    const app = create(process);
    places[at] = { process, app };
    process.onEnd((why) => {
      places[at] = undefined;
      world.note(why.includes('append') ? 'crash around an append' : 'crash');
      const dark = Math.max(0, darkUntilMs - world.now());
      world.after(dark + world.random.between(restartMs.least, restartMs.most), () => start(at));
    });
    app.start().catch((failure: unknown) => {
      const words = `${process.name} cannot start: ${textOf(failure)}`;
      if (!(failure instanceof UnknownOutcome)) breach(words);
      process.end(words);
    });
  };

  for (let at = 0; at < count; at += 1) start(at);
  return {
    living: () => places.filter((instance) => instance !== undefined),
    endAll(why, forMs) {
      darkUntilMs = world.now() + forMs;
      for (const instance of places) instance?.process.end(why);
    },
  };
}

export const textOf = (failure: unknown): string =>
  failure instanceof Error ? `${failure.name}: ${failure.message}` : String(failure);
