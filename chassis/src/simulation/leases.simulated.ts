/**
 * Leases that are never held by two, and lost without a word now and then: their holder goes on,
 * and hears of it late.
 */
import type { Lease, LeaseName, Leases } from '../leases.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { World } from './world.ts';

export type SimulatedLeases = {
  of(process: SimulatedProcess): Pick<Leases, 'tryHold'>;
};

type Held = { endsAtMs: number };

/** Shorter than real ones, so that lanes change hands often. */
const ttlMs = 2_000;
const renewMs = 600;
const answerMsMax = 5;
/** Until who has lost a lease hears of it. */
const heardMsMax = 2_500;

export function simulatedLeases(world: World): SimulatedLeases {
  const leases = new Map<LeaseName, Held>();
  return {
    of: (process) => ({
      async tryHold(name) {
        await after(world, world.random.between(1, answerMsMax));
        if (!process.alive() || (leases.get(name)?.endsAtMs ?? 0) > world.now()) return undefined;
        const held = { endsAtMs: world.now() + ttlMs };
        leases.set(name, held);
        return leaseOf(world, process, name, held);
      },
    }),
  };
}

function leaseOf(world: World, process: SimulatedProcess, name: LeaseName, held: Held): Lease {
  const { random } = world;
  const renewals = async () => {
    for (;;) {
      await after(world, renewMs);
      if (!process.alive() || held.endsAtMs <= world.now()) break;
      if (random.chance(world.faults().lostLease)) break;
      held.endsAtMs = world.now() + ttlMs;
    }
    await after(world, Math.max(0, held.endsAtMs - world.now()));
    if (!process.alive()) return;
    world.note('lease lost without a word');
    world.tell(process.name, () => `has lost ${name}, and has not heard of it`);
    await after(world, random.between(0, heardMsMax));
  };
  return {
    name,
    holds: () => process.alive() && world.now() < held.endsAtMs,
    async release() {
      held.endsAtMs = Math.min(held.endsAtMs, world.now());
    },
    lost: renewals(),
  };
}

const after = (world: World, delayMs: number): Promise<void> =>
  new Promise((resolve) => {
    world.after(delayMs, resolve);
  });
