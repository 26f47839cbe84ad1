/**
 * Ports that fail when a test says so: before the effect, or after it, when only the answer is
 * lost.
 */
import type { Bus } from '../src/bus/bus.ts';
import type { EventLog } from '../src/log/event-log.ts';
import type { ReadModel } from '../src/read-model/read-model.ts';
import type { LaneRows } from '../src/rows/lane-rows.ts';

export type Fault = 'before' | 'after' | undefined;

/** Asked at each call. */
export type Faults = (call: string) => Fault;

export class Injected extends Error {
  override readonly name = 'Injected';
}

async function withFault<Result>(fault: Fault, run: () => Promise<Result>): Promise<Result> {
  if (fault === 'before') throw new Injected('before');
  const result = await run();
  if (fault === 'after') throw new Injected('after');
  return result;
}

/** The next calls of one kind fail as listed, then none. */
export function failNext(plan: Readonly<Record<string, readonly Fault[]>>): Faults {
  const left = new Map(Object.entries(plan).map(([call, faults]) => [call, [...faults]]));
  return (call) => left.get(call)?.shift();
}

/** Some calls fail, drawn from a seed (mulberry32): the same ones in each run. */
export function failSometimes(seed: number, share: number): Faults {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    const drawn = ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    if (drawn >= share) return undefined;
    return drawn < share / 2 ? 'before' : 'after';
  };
}

export const faultyLog = (log: EventLog, faults: Faults): EventLog => ({
  append: (commit) => withFault(faults('append'), () => log.append(commit)),
  read: (lane, from, limit) => withFault(faults('read'), () => log.read(lane, from, limit)),
  head: (lane) => withFault(faults('head'), () => log.head(lane)),
  onAppended: (listener) =>
    log.onAppended((lane, version) => {
      if (faults('hint') === undefined) listener(lane, version);
    }),
});

export const faultyRows = (rows: LaneRows, faults: Faults): LaneRows => ({
  ...rows,
  streams: (lane, names) => withFault(faults('streams'), () => rows.streams(lane, names)),
  write: (lane, batch) => withFault(faults('write'), () => rows.write(lane, batch)),
});

export const faultyReadModel = (readModel: ReadModel, faults: Faults): ReadModel => ({
  ...readModel,
  get: (collection, ids) => withFault(faults('get'), () => readModel.get(collection, ids)),
  write: (documents, positions, urgency) =>
    withFault(faults('write'), () => readModel.write(documents, positions, urgency)),
});

export const faultyBus = (bus: Bus, faults: Faults): Bus => ({
  ...bus,
  publish: (message) => withFault(faults('publish'), () => bus.publish(message)),
});

/** A port whose process can be killed: from then on nothing happens and nothing answers. */
export function mortal(readModel: ReadModel): { readonly port: ReadModel; kill(): void } {
  let dead = false;
  const alive = <Result>(run: () => Promise<Result>): Promise<Result> =>
    dead ? new Promise<Result>(() => {}) : run();
  return {
    kill() {
      dead = true;
    },
    port: {
      get: (collection, ids) => alive(() => readModel.get(collection, ids)),
      range: (collection, range) => alive(() => readModel.range(collection, range)),
      position: (consumer, lane) => alive(() => readModel.position(consumer, lane)),
      write: (documents, positions, urgency) =>
        alive(() => readModel.write(documents, positions, urgency)),
      reset: (consumer, collections) => alive(() => readModel.reset(consumer, collections)),
    },
  };
}
