/** Who may own the lane of a context: one process alone, the holder of a lease, or whoever can. */
import type { LeaseNow } from '@holdfast/chassis/lane/lane';
import type { Lease, Leases } from '@holdfast/chassis/leases/leases';
import { simulatedLeases } from '@holdfast/chassis/simulation/leases.simulated';
import type { SimulatedProcess } from '@holdfast/chassis/simulation/simulated-process';
import type { World } from '@holdfast/chassis/simulation/world';

export type Owners = {
  /** Processes of each kind. */
  readonly count: number;
  /** Of them, those that own a lane when all is well. */
  readonly atOnce: number;
  /** Waits until the process may begin. */
  mayBegin(kind: string, process: SimulatedProcess): Promise<Lease | undefined>;
  /** What the lane is told; undefined where nobody else can be. */
  readonly leaseNow: (lease: Lease | undefined) => LeaseNow | undefined;
};

const tryAgainMs = { least: 20, most: 300 };
const lookAtLeaseMs = 600;
/** Until who has lost a lease hears of it. */
const heardMsMax = 2_500;

export function drawOwners(world: World, shared: boolean): Owners {
  const begins = async () => undefined;
  const alone = { count: 1, atOnce: 1, mayBegin: begins, leaseNow: () => undefined };
  // Both believe to own it, and neither is sure.
  const contended = { ...alone, count: 2, atOnce: 2, leaseNow: () => () => undefined };
  const drawn = world.random.pick(['alone', 'contended', 'leased', 'leased']);
  // As clustered: three processes, and each lane has the owner that its own lease names.
  if (shared) return { ...alone, count: 3, atOnce: 3 };
  if (drawn === 'alone') return alone;
  if (drawn === 'contended') return contended;
  const leases = simulatedLeases(world);
  return {
    ...{ count: 2, atOnce: 1, leaseNow: (lease) => () => lease },
    async mayBegin(kind, process) {
      const lease = await holdWhenFree(world, leases.of(process), kind, process);
      if (lease) {
        void loseSometimes(world, process, lease);
        void lease.lost.then(() => endLate(world, process));
      }
      return lease;
    },
  };
}

async function holdWhenFree(
  world: World,
  leases: Pick<Leases, 'tryHold'>,
  kind: string,
  process: SimulatedProcess,
): Promise<Lease | undefined> {
  while (process.alive()) {
    const lease = await leases.tryHold(`${kind}.0`);
    if (lease) return lease;
    await new Promise<void>((resolve) => {
      world.after(world.random.between(tryAgainMs.least, tryAgainMs.most), resolve);
    });
  }
  return undefined;
}

/** Who has lost its lease goes on for a while, as one does that was paused. */
function endLate(world: World, process: SimulatedProcess): void {
  world.after(world.random.between(0, heardMsMax), () => process.end('without its lease'));
}

/** The lease is free for others, and its holder has not heard of it. */
async function loseSometimes(world: World, process: SimulatedProcess, lease: Lease): Promise<void> {
  for (;;) {
    await new Promise<void>((resolve) => {
      world.after(lookAtLeaseMs, resolve);
    });
    if (!process.alive() || !lease.holds()) return;
    if (world.random.chance(world.faults().lostLease)) break;
  }
  world.note('lease lost without a word');
  // What could not be released ends by itself.
  await lease.release().catch(() => undefined);
}
