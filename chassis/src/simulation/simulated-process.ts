/**
 * One life of a process. It ends at any call of a port, before or after the effect; the dead hear nothing more: their
 * calls are never answered and their timers never fire. What they had sent may still arrive.
 */
import type { Clock } from '../clock.ts';
import type { World } from './world.ts';

/** The store or the network said nothing certain. */
export class UnknownOutcome extends Error {
  override readonly name = 'UnknownOutcome';
}

export type Call<Result> = {
  /** For the story. */
  readonly what: () => string;
  /** @param heard false when the caller will never learn of it, or hears of a failure */
  readonly effect: (heard: boolean) => Result | Promise<Result>;
  /** False for what changes nothing: it never happens later than it is answered. */
  readonly changes: boolean;
  readonly extraMs?: number;
};

export type SimulatedProcess = {
  readonly name: string;
  readonly clock: Clock;
  /** Virtual milliseconds. */
  readonly bornAtMs: number;
  /** The newest version that the bus has delivered, by subject. */
  readonly delivered: Map<string, number>;
  alive(): boolean;
  call<Result>(call: Call<Result>): Promise<Result>;
  /** Ends it; nothing is finished. */
  end(why: string): void;
  onEnd(listener: (why: string) => void): void;
};

const requestMsMax = 3;
const answerMsMax = 3;
const lateMsMax = 3_000;
const outageFailure = 0.7;
const outageMs = { least: 2_000, most: 10_000 };
const timerLateMsMax = 3_000;
/** An arbitrary Monday. */
const beginning = Date.UTC(2026, 5, 1);

/** Ids that sort by time and are the same in each run of a seed. */
function countedIds(world: World): () => string {
  let count = world.random.between(0, 0xffff) * 0x10000;
  return () => {
    count += 1;
    const time = (beginning + world.now()).toString(16).padStart(12, '0');
    const rest = count.toString(16).padStart(12, '0');
    return `${time.slice(0, 8)}-${time.slice(8)}-7000-8000-${rest}`;
  };
}

export function startProcess(world: World, name: string): SimulatedProcess {
  const { random } = world;
  const listeners: ((why: string) => void)[] = [];
  let alive = true;
  let outageUntilMs = 0;
  const wrongByMs = random.between(-1, 1) * random.between(0, world.faults().clockErrorMsMax);
  if (Math.abs(wrongByMs) > 10_000) world.note('clock jumped');

  const end = (why: string) => {
    if (!alive) return;
    alive = false;
    world.tell(name, () => `ends ${why}`);
    for (const listener of listeners) listener(why);
  };

  const answer = (settle: () => void) =>
    world.after(random.between(1, answerMsMax), () => {
      if (alive) settle();
    });

  const perform = <Result>(
    { effect, what }: Call<Result>,
    resolve: (result: Result | Promise<Result>) => void,
    reject: (failure: unknown) => void,
  ) => {
    let settle: () => void;
    try {
      const result = effect(alive);
      settle = () => resolve(result);
    } catch (failure) {
      settle = () => reject(failure);
    }
    if (alive && random.chance(world.faults().crash)) return end(`after ${what()}`);
    answer(settle);
  };

  const performBadly = <Result>(call: Call<Result>, reject: (failure: unknown) => void) => {
    const { effect, changes, what } = call;
    const happens = changes ? random.pick(['never', 'now', 'late']) : 'never';
    world.tell(name, () => `fails, ${happens} applied: ${what()}`);
    const tryEffect = () => {
      try {
        void effect(false);
      } catch {
        // Nobody hears of it: the caller was told that the outcome is unknown.
      }
    };
    if (happens === 'now') tryEffect();
    if (happens === 'late') world.after(random.between(5, lateMsMax), tryEffect);
    answer(() => reject(new UnknownOutcome(`nobody knows what became of: ${what()}`)));
  };

  /** Now and then the way to the stores is bad for a while, for this process alone. */
  const failsNow = (): boolean => {
    const { failure, outage } = world.faults();
    if (world.now() < outageUntilMs) return random.chance(failure > 0 ? outageFailure : 0);
    if (random.chance(outage)) {
      outageUntilMs = world.now() + random.between(outageMs.least, outageMs.most);
      world.note('way to the stores bad for a while');
    }
    return random.chance(failure);
  };

  const timerLateMs = () =>
    random.chance(world.faults().lateTimer) ? random.between(100, timerLateMsMax) : 0;

  return {
    name,
    bornAtMs: world.now(),
    delivered: new Map(),
    clock: {
      now: () => beginning + world.now() + wrongByMs,
      newId: countedIds(world),
      after: (delayMs, wake) =>
        world.after(delayMs + timerLateMs(), () => {
          if (alive) wake();
        }),
    },
    alive: () => alive,
    call: (call) =>
      new Promise((resolve, reject) => {
        if (!alive) return;
        const faults = world.faults();
        if (random.chance(faults.crash)) return end(`before ${call.what()}`);
        const fails = failsNow();
        const arrivesWithoutUs = random.chance(0.5);
        world.after(random.between(1, requestMsMax) + (call.extraMs ?? 0), () => {
          if (!alive && !(call.changes && arrivesWithoutUs)) return;
          if (fails && alive) performBadly(call, reject);
          else perform(call, resolve, reject);
        });
      }),
    end,
    onEnd: (listener) => void listeners.push(listener),
  };
}
