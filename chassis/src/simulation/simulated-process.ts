/**
 * One life of a process. It ends at any call of a port, before or after the effect; the dead hear
 * nothing more: their calls are never answered and their timers never fire. What they had sent may
 * still arrive.
 */
import type { Clock } from '../clock.ts';
import { StoreAway } from '../store-failure.ts';
import type { World } from './world.ts';

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
  /** At once where it has ended already: what goes on after its last call is not there either. */
  onEnd(listener: (why: string) => void): void;
};

type Life = {
  readonly world: World;
  readonly name: string;
  readonly wrongByMs: number;
  readonly listeners: ((why: string) => void)[];
  alive: boolean;
  outageUntilMs: number;
};

const requestMsMax = 3;
const answerMsMax = 3;
const lateMsMax = 3_000;
const outageFailure = 0.7;
const outageMs = { least: 2_000, most: 10_000 };
const timerLateMsMax = 3_000;
const jumpMsLeast = 10_000;
/** An arbitrary Monday. */
const beginning = Date.UTC(2026, 5, 1);

export function startProcess(world: World, name: string): SimulatedProcess {
  const { random } = world;
  const wrongByMs = random.between(-1, 1) * random.between(0, world.faults().clockErrorMsMax);
  if (Math.abs(wrongByMs) > jumpMsLeast) world.note('clock jumped');
  const life: Life = { world, name, wrongByMs, listeners: [], alive: true, outageUntilMs: 0 };
  return {
    name,
    bornAtMs: world.now(),
    delivered: new Map(),
    clock: clockOf(life),
    alive: () => life.alive,
    call: (call) => callPort(life, call),
    end: (why) => end(life, why),
    onEnd(listener) {
      if (life.alive) life.listeners.push(listener);
      else listener('already');
    },
  };
}

function end(life: Life, why: string): void {
  if (!life.alive) return;
  life.alive = false;
  life.world.tell(life.name, () => `ends ${why}`);
  for (const listener of life.listeners) listener(why);
}

/** Right or wrong by the same all its life, as a clock is that is monotonic after its start. */
function clockOf(life: Life): Clock {
  const { world, wrongByMs } = life;
  const { random } = world;
  const timerLateMs = () =>
    random.chance(world.faults().lateTimer) ? random.between(100, timerLateMsMax) : 0;
  return {
    now: () => beginning + world.now() + wrongByMs,
    newId: countedIds(world),
    after: (delayMs, wake) =>
      world.after(delayMs + timerLateMs(), () => {
        if (life.alive) wake();
      }),
  };
}

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

const callPort = <Result>(life: Life, call: Call<Result>): Promise<Result> =>
  new Promise((resolve, reject) => {
    if (!life.alive) return;
    const { world } = life;
    const { random } = world;
    if (random.chance(world.faults().crash)) return end(life, `before ${call.what()}`);
    const fails = failsNow(life);
    const arrivesWithoutUs = call.changes && random.chance(0.5);
    world.after(random.between(1, requestMsMax) + (call.extraMs ?? 0), () => {
      if (!life.alive && !arrivesWithoutUs) return;
      if (fails && life.alive) performBadly(life, call, reject);
      else perform(life, call, resolve, reject);
    });
  });

/** Now and then the way to the stores is bad for a while, for this process alone. */
function failsNow(life: Life): boolean {
  const { world } = life;
  const { random } = world;
  const { failure, outage } = world.faults();
  if (world.now() < life.outageUntilMs) return random.chance(failure > 0 ? outageFailure : 0);
  if (random.chance(outage)) {
    life.outageUntilMs = world.now() + random.between(outageMs.least, outageMs.most);
    world.note('way to the stores bad for a while');
  }
  return random.chance(failure);
}

function answer(life: Life, settle: () => void): void {
  const { world } = life;
  world.after(world.random.between(1, answerMsMax), () => {
    if (life.alive) settle();
  });
}

function perform<Result>(
  life: Life,
  { effect, what }: Call<Result>,
  resolve: (result: Result | Promise<Result>) => void,
  reject: (failure: unknown) => void,
): void {
  const { random, faults } = life.world;
  let settle: () => void;
  try {
    const result = effect(life.alive);
    settle = () => resolve(result);
  } catch (failure) {
    settle = () => reject(failure);
  }
  if (life.alive && random.chance(faults().crash)) end(life, `after ${what()}`);
  else answer(life, settle);
}

/** The caller hears that nothing is known; the effect never happens, or has, or will. */
function performBadly<Result>(
  life: Life,
  { effect, changes, what }: Call<Result>,
  reject: (failure: unknown) => void,
): void {
  const { world } = life;
  const { random } = world;
  const happens = changes ? random.pick(['never', 'now', 'late']) : 'never';
  world.tell(life.name, () => `fails, ${happens} applied: ${what()}`);
  const tryEffect = () => {
    try {
      void effect(false);
    } catch {
      // Nobody hears of it: the caller was told that the outcome is unknown.
    }
  };
  if (happens === 'now') tryEffect();
  if (happens === 'late') world.after(random.between(5, lateMsMax), tryEffect);
  answer(life, () => reject(new StoreAway(`nobody knows what became of: ${what()}`)));
}
