/** Lets the world go on until something is so. */
import type { World } from '@holdfast/chassis/simulation/world';

const stepsMax = 1_000_000;
const clientsWithinMs = 1_200_000;

/** Lets virtual time pass. */
export async function pass(world: World, ms: number): Promise<void> {
  let passed = false;
  world.after(ms, () => {
    passed = true;
  });
  await world.run(() => passed);
}

/** Runs the world until `work` is done; what runs beside it has no end of its own. */
export async function finish(
  world: World,
  work: Promise<unknown>,
  beside: readonly Promise<unknown>[] = [],
): Promise<void> {
  let done = false;
  let failure: unknown;
  const failed = (cause: unknown) => {
    failure ??= cause;
  };
  work.then(() => {
    done = true;
  }, failed);
  for (const each of beside) each.catch(failed);
  const until = world.now() + clientsWithinMs;
  await world.run(
    () => done || failure !== undefined || world.steps() > stepsMax || world.now() > until,
  );
  if (failure !== undefined) throw failure;
  if (!done) throw new Error('clients wait without end');
  await pass(world, 1);
}
