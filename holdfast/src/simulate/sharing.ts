/** Lanes shared as clustered: who owns one is a lease, and whoever is asked asks its owner. */

import { nearBus } from '@holdfast/chassis/bus/near-bus.in-process';
import { laneKey } from '@holdfast/chassis/commit';
import type { Lease, Leases } from '@holdfast/chassis/leases/leases';
import type { EventLog } from '@holdfast/chassis/log/event-log';
import type { Placement } from '@holdfast/chassis/owning/open-lanes';
import { simulatedDoors } from '@holdfast/chassis/simulation/command-door.simulated';
import { simulatedLeases } from '@holdfast/chassis/simulation/leases.simulated';
import type { SimulatedProcess } from '@holdfast/chassis/simulation/simulated-process';
import type { World } from '@holdfast/chassis/simulation/world';

export type Sharing = {
  /** The same log, and its own way to the others. */
  join(process: SimulatedProcess, log: EventLog): { log: EventLog; placement: Placement };
  /** All leases and members are gone, as where a broker has lost its disk. */
  forgetLeases(): void;
};

export function sharedLanes(world: World): Sharing {
  const leases = simulatedLeases(world);
  const doors = simulatedDoors(world);
  const lastOwner = new Map<string, SimulatedProcess>();
  return {
    forgetLeases: leases.empty,
    join(process, log) {
      const held = new Map<string, Lease>();
      const noting = noteHeld(leases.of(process), held, (name) => {
        const before = lastOwner.get(name);
        if (before && before !== process) world.note('lane handed over');
        lastOwner.set(name, process);
      });
      return {
        placement: {
          type: 'leased',
          leases: noting,
          door: doors.of(process),
          nearBus: () => nearBus(process.clock),
        },
        log: {
          ...log,
          append(commit) {
            const { context, lane } = commit;
            const owns = held.get(`${context}.${lane}`)?.holds();
            if (!owns) world.tell(process.name, () => `has no lease of ${laneKey(commit)}`);
            if (!owns) world.note('decided without a lease');
            return log.append(commit);
          },
        },
      };
    },
  };
}

const noteHeld = (
  leases: Leases,
  held: Map<string, Lease>,
  begins: (name: string) => void,
): Leases => ({
  ...leases,
  async tryHold(name) {
    const lease = await leases.tryHold(name);
    if (!lease) return undefined;
    held.set(name, lease);
    begins(name);
    return lease;
  },
});
