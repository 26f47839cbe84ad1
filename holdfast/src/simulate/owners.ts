/** Who may own the lane of a context: one process alone, the holder of a lease, or whoever can. */
import type { LeaseNow } from '@holdfast/chassis/lane';
import type { Lease, Leases } from '@holdfast/chassis/leases';
import { allHere, type Placement } from '@holdfast/chassis/open-lanes';
import { simulatedDoors } from '@holdfast/chassis/simulation/command-door.simulated';
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
  /** Where each process runs its lanes: all here, or each by a lease of its own. */
  readonly placementOf: (process: SimulatedProcess) => Placement;
  /** What the lane is told; undefined where nobody else can be. */
  readonly leaseNow: (lease: Lease | undefined) => LeaseNow | undefined;
};

const tryAgainMs = { least: 20, most: 300 };

export function drawOwners(world: World, laneCount: number): Owners {
  const begins = async () => undefined;
  const here = { placementOf: () => allHere };
  const alone = { count: 1, atOnce: 1, mayBegin: begins, leaseNow: () => undefined, ...here };
  // Both believe to own it, and neither is sure.
  const contended = { ...alone, count: 2, atOnce: 2, leaseNow: () => () => undefined };
  const drawn = world.random.pick(['alone', 'contended', 'leased', 'leased']);
  if (laneCount > 1 && world.random.chance(0.6)) return routed(world, alone);
  if (drawn === 'alone') return alone;
  if (drawn === 'contended') return contended;
  const leases = simulatedLeases(world);
  return {
    ...{ count: 2, atOnce: 1, leaseNow: (lease) => () => lease, ...here },
    mayBegin: (kind, process) => holdWhenFree(world, leases.of(process), kind, process),
  };
}

/** As clustered: three processes share the lanes, and pass commands on to whoever owns one. */
function routed(world: World, alone: Owners): Owners {
  const leases = simulatedLeases(world);
  const doors = simulatedDoors(world);
  world.note('lanes shared by leases');
  return {
    ...{ ...alone, count: 3, atOnce: 3 },
    placementOf: (process) => ({
      ...{ type: 'leased', leases: leases.of(process), door: doors.of(process) },
    }),
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
