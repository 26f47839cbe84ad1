/**
 * How a client reaches the system: asks any living instance, again and again, until one answers.
 */
import { LaneStopped, Overloaded } from '@holdfast/chassis/lane/lane';
import type { World } from '@holdfast/chassis/simulation/world';
import { StoreAway } from '@holdfast/chassis/store-failure';
import type { Instance } from './system.ts';

export type Errand<App, Answer> = {
  readonly what: string;
  readonly instances: () => readonly Instance<App>[];
  readonly ask: (instance: Instance<App>) => Promise<Answer>;
  /** Notes the answer, also one that comes late or twice; false: another may follow. */
  readonly hear: (answer: Answer, from: Instance<App>) => boolean;
};

export type Sending = {
  pause(ms: number): Promise<void>;
  /** @throws when nobody answers */
  persist<App, Answer>(errand: Errand<App, Answer>): Promise<Answer>;
};

type Attempt<Answer> =
  | { readonly type: 'answered'; readonly answer: Answer; readonly kept: boolean }
  | { readonly type: 'failed'; readonly failure: unknown }
  | { readonly type: 'silence' };

const patienceMs = 6_000;
const attemptsMax = 120;
/** A refusal that is not kept may come from an instance that is behind: others are asked. */
const notKeptMax = 6;
const pauseMs = { least: 20, most: 400 };
const lostAnswer = 0.02;
const sentTwice = 0.08;

/** Failures that a client may see of a system that is broken only from outside. */
const mayHappen = (failure: unknown): boolean =>
  failure instanceof StoreAway || failure instanceof LaneStopped || failure instanceof Overloaded;

/** @param breaches takes what no fault explains */
export function createSending(world: World, breaches: string[]): Sending {
  const { random } = world;

  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      world.after(ms, resolve);
    });

  const noteFailure = (what: string, failure: unknown) => {
    if (failure instanceof Overloaded) world.note('overloaded');
    if (!mayHappen(failure)) breaches.push(`${what} failed: ${String(failure)}`);
  };

  return {
    pause,
    async persist(errand) {
      let notKept = 0;
      for (let attempts = 1; attempts <= attemptsMax; attempts += 1) {
        if (random.chance(sentTwice)) void send(world, errand);
        const attempt = await send(world, errand);
        if (attempt.type === 'failed') noteFailure(errand.what, attempt.failure);
        if (attempt.type === 'answered') {
          notKept += 1;
          if (attempt.kept || notKept > notKeptMax) return attempt.answer;
        }
        await pause(random.between(pauseMs.least, pauseMs.most));
      }
      throw new Error(`nobody answers ${errand.what}`);
    },
  };
}

/** One request to one instance; it or its answer may be lost. */
const send = <App, Answer>(
  world: World,
  { instances, ask, hear }: Errand<App, Answer>,
): Promise<Attempt<Answer>> =>
  new Promise((resolve) => {
    const { random } = world;
    const cancel = world.after(patienceMs, () => resolve({ type: 'silence' }));
    const told = (attempt: Attempt<Answer>) => {
      cancel();
      resolve(attempt);
    };
    const [instance] = random.shuffled(instances());
    if (!instance) return;
    const { process } = instance;
    const arrives = (tell: () => void) => {
      if (!process.alive() || random.chance(lostAnswer)) return;
      world.after(random.between(1, 3), tell);
    };
    const answered = (answer: Answer) =>
      arrives(() => told({ type: 'answered', answer, kept: hear(answer, instance) }));
    const failed = (failure: unknown) => arrives(() => told({ type: 'failed', failure }));
    world.after(random.between(1, 3), () => {
      if (process.alive()) ask(instance).then(answered, failed);
    });
  });
