/** Leases and the command door in a simulated world, in fair weather and in a storm. */
import { describe, expect, it } from 'vitest';
import { commandDoorContract } from '../asking/command-door.contract.ts';
import { doorBytesMax, servedMax, UnansweredRequest } from '../asking/command-door.ts';
import type { RunningLeases } from '../leases/create-leases.ts';
import { leasesContract } from '../leases/leases.contract.ts';
import { type Lease, leaseRenewMs, leaseTtlMs } from '../leases/leases.ts';
import { simulatedDoors } from './command-door.simulated.ts';
import { simulatedLeases } from './leases.simulated.ts';
import { type SimulatedProcess, startProcess } from './simulated-process.ts';
import { createWorld, type World } from './world.ts';

/** Runs the world beside a test that waits for what happens in it. */
function fairWorld() {
  const world = createWorld(1);
  world.heal();
  let ended = false;
  let processes = 0;
  // Something is always due, so that the world goes on while nobody asks anything of it.
  const tick = () => {
    if (!ended) world.after(1, tick);
  };
  tick();
  const running = world.run(() => ended);
  return {
    world,
    start() {
      processes += 1;
      return startProcess(world, `process ${processes}`);
    },
    pass: (ms: number) => new Promise<void>((resolve) => void world.after(ms + 20, resolve)),
    async close() {
      ended = true;
      await running;
    },
  };
}

leasesContract('simulated', async () => {
  const { world, start, pass, close } = fairWorld();
  const leases = simulatedLeases(world);
  return {
    ...{ ttlMs: leaseTtlMs, renewMs: leaseRenewMs, pass, close },
    async process() {
      const way = cuttable(start());
      return { leases: leases.of(way.process), ...way };
    },
  };
});

/** A process whose way to the others can be cut. */
function cuttable(process: SimulatedProcess) {
  let broken = false;
  return {
    process: {
      ...process,
      call: (call) => (broken ? Promise.reject(new Error('the way is cut')) : process.call(call)),
    } satisfies SimulatedProcess,
    cut() {
      broken = true;
    },
    heal() {
      broken = false;
    },
    end: () => process.end('as the test wants'),
  };
}

commandDoorContract('simulated', async () => {
  const { world, start, pass, close } = fairWorld();
  const doors = simulatedDoors(world);
  return {
    ...{ bytesMax: doorBytesMax, servedMax, pass, close },
    process: async () => doors.of(start()),
  };
});

const endsAtMs = 120_000;

/** Longer and shorter than a lease. */
type Way = Pick<ReturnType<typeof cuttable>, 'cut' | 'heal'>;

function cutSometimes(world: World, { cut, heal }: Way): void {
  world.after(world.random.between(5_000, 40_000), () => {
    cut();
    world.after(world.random.between(3_000, 9_000), () => {
      heal();
      cutSometimes(world, { cut, heal });
    });
  });
}

/** Processes that come and go, and all want the same lease. */
async function contest(seed: number) {
  const world = createWorld(seed);
  const leases = simulatedLeases(world);
  const held: { readonly lease: Lease; readonly process: SimulatedProcess }[] = [];
  const tally = { holders: 0, mostAtOnce: 0 };
  const live = (name: string) => {
    const process = startProcess(world, name);
    process.onEnd(() => void world.after(1_000, () => live(`${name}'`)));
    const way = cuttable(process);
    cutSometimes(world, way);
    void want(leases.of(way.process), process);
  };
  const want = async (of: RunningLeases, process: SimulatedProcess): Promise<void> => {
    const lease = await of.tryHold('inventory.00').catch(() => undefined);
    if (lease) {
      tally.holders += 1;
      held.push({ lease, process });
      const letGoMs = world.random.between(1_000, 30_000);
      process.clock.after(letGoMs, () => void lease.release());
    }
    process.clock.after(500, () => void want(of, process));
  };
  for (const name of ['a', 'b', 'c']) live(name);
  const look = () => {
    const now = held.filter(({ lease, process }) => process.alive() && lease.holds()).length;
    tally.mostAtOnce = Math.max(tally.mostAtOnce, now);
    world.after(10, look);
  };
  look();
  await world.run(() => world.now() > endsAtMs);
  return { tally, hash: world.hash() };
}

describe('leases in a storm', () => {
  it('have one holder at a time, whatever seed', async () => {
    let holders = 0;
    for (let seed = 1; seed <= 100; seed += 1) {
      const { tally } = await contest(seed);
      expect(tally.mostAtOnce, `seed ${seed}`).toBe(1);
      holders += tally.holders;
    }
    expect(holders).toBeGreaterThan(200);
  });

  it('are the same in each run of a seed', async () => {
    expect(await contest(7)).toEqual(await contest(7));
  });

  it('are found anew after the table was forgotten', async () => {
    const { world, start, pass, close } = fairWorld();
    const all = simulatedLeases(world);
    const one = all.of(start());
    const other = all.of(start());
    const lease = await one.tryHold('inventory.00');
    await one.join('inventory');
    all.empty();
    await pass(leaseTtlMs);
    expect(lease?.holds()).toBe(false);
    expect(await other.tryHold('inventory.00')).toBeDefined();
    await pass(leaseTtlMs);
    expect(await other.members('inventory')).toEqual([one.self]);
    await close();
  });
});

/** What became of many requests in bad weather. */
async function requests(seed: number) {
  const world: World = createWorld(seed);
  const doors = simulatedDoors(world);
  const owner = startProcess(world, 'owner');
  const asker = startProcess(world, 'asker');
  const lane = { context: 'inventory', lane: 0 };
  doors.of(owner).serve(lane, async (request) => request);
  const tally = { asked: 0, answered: 0, nobody: 0, unanswered: 0 };
  const ask = async () => {
    tally.asked += 1;
    const request = new Uint8Array([tally.asked % 256]);
    try {
      const reply = await doors.of(asker).ask(lane, request, 200);
      if (!(reply instanceof Uint8Array)) tally.nobody += 1;
      else {
        expect(reply).toEqual(request);
        tally.answered += 1;
      }
    } catch (failure) {
      expect(failure).toBeInstanceOf(UnansweredRequest);
      tally.unanswered += 1;
    }
    asker.clock.after(50, () => void ask());
  };
  void ask();
  await world.run(() => world.now() > endsAtMs / 4);
  return { tally, asker };
}

describe('the command door in a storm', () => {
  it('ends every request, and brings no reply to another one', async () => {
    const total = { answered: 0, nobody: 0, unanswered: 0 };
    for (let seed = 1; seed <= 60; seed += 1) {
      const { tally, asker } = await requests(seed);
      const ended = tally.answered + tally.nobody + tally.unanswered;
      // One may be under way at the end, and the dead hear nothing.
      if (asker.alive()) expect(tally.asked - ended, `seed ${seed}`).toBeLessThanOrEqual(1);
      total.answered += tally.answered;
      total.nobody += tally.nobody;
      total.unanswered += tally.unanswered;
    }
    for (const count of Object.values(total)) expect(count).toBeGreaterThan(50);
  });
});

it('nobody is asked who has ended before they began to serve', async () => {
  const { world, start, close } = fairWorld();
  const doors = simulatedDoors(world);
  const [dead, living] = [start(), start()];
  dead.end('here');
  doors.of(dead).serve({ context: 'inventory', lane: 0 }, async (request) => request);
  const heard = await doors.of(living).ask({ context: 'inventory', lane: 0 }, new Uint8Array(), 1);
  expect(heard).toBe('nobody');
  await close();
});
