/**
 * A command door whose requests and replies are late or lost. It is at most once, so nothing comes
 * twice by itself; who asks again does that.
 */
import {
  type CommandDoor,
  doorBytesMax,
  servedMax,
  UnansweredRequest,
} from '../asking/command-door.ts';
import { type LaneId, laneKey } from '../commit.ts';
import type { SimulatedProcess } from './simulated-process.ts';
import type { World } from './world.ts';

export type SimulatedDoors = { of(process: SimulatedProcess): CommandDoor };

type Served = {
  readonly process: SimulatedProcess;
  readonly load: { count: number };
  readonly answer: (request: Uint8Array) => Promise<Uint8Array>;
};

type Lanes = Map<string, Set<Served>>;

const wayMsMax = 5;

export function simulatedDoors(world: World): SimulatedDoors {
  const lanes: Lanes = new Map();
  return {
    of(process) {
      const load = { count: 0 };
      return {
        serve(lane, answer) {
          const served = { process, load, answer };
          const all = lanes.get(laneKey(lane)) ?? new Set();
          lanes.set(laneKey(lane), all.add(served));
          const stop = () => void all.delete(served);
          process.onEnd(stop);
          return stop;
        },
        async ask(lane, request, timeoutMs) {
          if (request.length > doorBytesMax) {
            throw new Error(`a request to a lane is longer than ${doorBytesMax} bytes`);
          }
          const heard = await hearers(lanes, lane, process);
          if (heard === 'away') return 'away';
          if (heard.length === 0) return 'nobody';
          return withinTime(process, timeoutMs, travel(world, world.random.pick(heard), request));
        },
      };
    },
  };
}

/** Whom the broker knows to serve the lane; `away` when there is no way to the broker just now. */
async function hearers(
  lanes: Lanes,
  lane: LaneId,
  process: SimulatedProcess,
): Promise<readonly Served[] | 'away'> {
  try {
    return await process.call({
      what: () => `ask the owner of ${laneKey(lane)}`,
      effect: () => [...(lanes.get(laneKey(lane)) ?? [])],
      changes: false,
    });
  } catch {
    // Nothing was sent.
    return 'away';
  }
}

/** There and back; never settles when either way loses it, or the other process ends. */
const travel = (world: World, served: Served, request: Uint8Array): Promise<Uint8Array> =>
  new Promise((resolve, reject) => {
    const { random } = world;
    const onItsWay = (arrive: () => void) => {
      if (random.chance(world.faults().lostDelivery)) {
        world.note('request or reply lost');
        return;
      }
      world.after(random.between(1, wayMsMax), arrive);
    };
    onItsWay(async () => {
      if (!served.process.alive()) return;
      const reply = await replyOf(served, request.slice());
      onItsWay(() => {
        world.note('command answered by another process');
        if (reply instanceof Uint8Array) resolve(reply.slice());
        else reject(reply);
      });
    });
  });

async function replyOf(
  { load, answer }: Served,
  request: Uint8Array,
): Promise<Uint8Array | UnansweredRequest> {
  if (load.count >= servedMax) return new UnansweredRequest('who serves the lane is busy');
  load.count += 1;
  try {
    const reply = await answer(request);
    if (reply.length <= doorBytesMax) return reply;
    return new UnansweredRequest(`the reply is longer than ${doorBytesMax} bytes`);
  } finally {
    load.count -= 1;
  }
}

/** By the time of who asks: its timers may be late, and stop when it ends. */
const withinTime = (process: SimulatedProcess, timeoutMs: number, reply: Promise<Uint8Array>) =>
  new Promise<Uint8Array>((resolve, reject) => {
    const cancel = process.clock.after(timeoutMs, () =>
      reject(new UnansweredRequest(`no reply within ${timeoutMs} ms`)),
    );
    const whileAlive = (settle: () => void) => {
      cancel();
      if (process.alive()) settle();
    };
    reply.then(
      (bytes) => whileAlive(() => resolve(bytes)),
      (failure: unknown) => whileAlive(() => reject(failure)),
    );
  });
