/** Keeps the processes of one kind alive: one that ends is started anew from the stores. */
import type { Lease } from '@holdfast/chassis/leases/leases';
import {
  type SimulatedProcess,
  startProcess,
} from '@holdfast/chassis/simulation/simulated-process';
import type { World } from '@holdfast/chassis/simulation/world';
import { StoreAway } from '@holdfast/chassis/store-failure';

export type Instance<App> = { readonly process: SimulatedProcess; readonly app: App };

export type Kept<App> = {
  /** Those that live now and own their lane, or believe so. */
  living(): readonly Instance<App>[];
  /** Ends all of them; none lives again before that time has passed. */
  endAll(why: string, forMs: number): void;
};

type Keeping<App> = {
  readonly world: World;
  readonly kind: string;
  readonly count: number;
  readonly create: (process: SimulatedProcess, lease: Lease | undefined) => App;
  /** Waits until the process may begin: at once, or as the holder of a lease. */
  readonly mayBegin: (process: SimulatedProcess) => Promise<Lease | undefined>;
  /** Takes what no fault explains. */
  readonly breach: (words: string) => void;
};

const restartMs = { least: 5, most: 600 };

export function keepRunning<App extends { start(): Promise<void> }>(
  keeping: Keeping<App>,
): Kept<App> {
  const { world, kind, count, breach } = keeping;
  const places: (Instance<App> | undefined)[] = Array.from({ length: count });
  const processes: SimulatedProcess[] = [];
  let darkUntilMs = 0;

  const start = (at: number) => {
    const process = startProcess(world, `${kind}-${at + 1}`);
    processes[at] = process;
    process.onEnd((why) => {
      places[at] = undefined;
      world.note(why.includes('append') ? 'crash around an append' : 'crash');
      const dark = Math.max(0, darkUntilMs - world.now());
      world.after(dark + world.random.between(restartMs.least, restartMs.most), () => start(at));
    });
    runApp(keeping, process, (app) => {
      places[at] = { process, app };
    }).catch((failure: unknown) => {
      const words = `${process.name} cannot start: ${textOf(failure)}`;
      if (!(failure instanceof StoreAway)) breach(words);
      process.end(words);
    });
  };

  for (let at = 0; at < count; at += 1) start(at);
  return {
    living: () => places.filter((instance) => instance !== undefined),
    endAll(why, forMs) {
      darkUntilMs = world.now() + forMs;
      for (const process of processes) process.end(why);
    },
  };
}

async function runApp<App extends { start(): Promise<void> }>(
  { create, mayBegin }: Keeping<App>,
  process: SimulatedProcess,
  begun: (app: App) => void,
): Promise<void> {
  const lease = await mayBegin(process);
  if (!process.alive()) return;
  const app = create(process, lease);
  begun(app);
  await app.start();
}

export const textOf = (failure: unknown): string =>
  failure instanceof Error ? `${failure.name}: ${failure.message}` : String(failure);
