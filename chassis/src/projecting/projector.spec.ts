import { beforeEach, describe, expect, it } from 'vitest';
import { appendNext, type Happened, happened } from '#test/commits.ts';
import { failNext, failSometimes, faultyReadModel, mortal } from '#test/faults.ts';
import { inProcessBus } from '../bus/bus.in-process.ts';
import { pause } from '../clock.ts';
import type { LaneId, Recorded } from '../commit.ts';
import { inMemoryEventLog } from '../log/event-log.in-memory.ts';
import type { EventLog } from '../log/event-log.ts';
import { inMemoryReadModel } from '../read-model/read-model.in-memory.ts';
import type { Range, ReadModel } from '../read-model/read-model.ts';
import { createRelay } from '../relay/relay.ts';
import { type ScriptedClock, scriptedClock } from '../scripted-clock.ts';
import { StoreAway } from '../store-failure.ts';
import {
  createProjector,
  type Projection,
  type Projector,
  type ProjectorOptions,
} from './projector.ts';

const lane: LaneId = { context: 'inventory', lane: 0 };
type Total = { units: number; changes: number };

const unitsOf = ({ event }: Recorded) => ('units' in event ? Number(event.units) : 0);

/** Sums the units of each stream, and lists every event once. Zero units remove the sum. */
const totals: Projection<Total> = {
  name: 'totals',
  collections: ['totals', 'lines'],
  appendOnly: ['lines'],
  keysOf: (recorded) => [
    { collection: 'totals', id: recorded.stream },
    { collection: 'lines', id: recorded.id },
  ],
  evolve(document, recorded, { collection }) {
    const units = unitsOf(recorded);
    if (collection === 'lines') return { units, changes: 1 };
    if (units === 0) return undefined;
    const total = document ?? { units: 0, changes: 0 };
    total.units += units;
    total.changes += 1;
    return total;
  },
};

describe('a projector', () => {
  let clock: ScriptedClock;
  let log: EventLog;
  let readModel: ReadModel;
  let projector: Projector<Total>;
  let kill: () => void;

  beforeEach(async () => {
    clock = scriptedClock();
    log = inMemoryEventLog();
    readModel = inMemoryReadModel();
    kill = () => {};
    projector = await open();
  });

  /** The one before is killed, unless it was stopped. */
  const open = async (options: Partial<ProjectorOptions<Total>> = {}) => {
    kill();
    const process = mortal(options.readModel ?? readModel);
    kill = process.kill;
    const bus = inProcessBus({ clock });
    await createRelay({ lanes: [lane], log, bus, clock }).start();
    const opened = createProjector({
      ...{ projection: totals, lanes: [lane], log, bus, clock },
      ...options,
      readModel: process.port,
    });
    const started = opened.start();
    await clock.settle();
    await started;
    return opened;
  };

  const append = async (events: Readonly<Record<string, readonly number[]>>) => {
    const made = Object.entries(events).map(([name, units]): [string, Happened[]] => [
      name,
      units.map(happened),
    ]);
    const commit = await appendNext(log, lane, Object.fromEntries(made));
    await clock.settle();
    return commit;
  };

  const unitsIn = async (name: string) => (await projector.read('totals', [name]))[0]?.units;
  const page = async (range: Partial<Range> = {}) => {
    const listed = await projector.range('totals', {
      ...{ prefix: '', limit: 10, direction: 'up' },
      ...range,
    });
    return listed.map(({ id, document }) => `${id} ${document.units}`);
  };

  it('shows a commit as soon as it is applied, in memory, before it is written', async () => {
    expect(projector.peek('totals', 'A')).toBeUndefined();
    await append({ A: [1, 2], B: [5] });
    expect(projector.reached(lane, 1)).toBeUndefined();
    expect(projector.peek('totals', 'A')?.document).toEqual({ units: 3, changes: 2 });
    expect(await unitsIn('B')).toBe(5);
    expect(await readModel.get('totals', ['A'])).toEqual([undefined]);
  });

  it('leaves alone what another process has written, and writes the rest', async () => {
    await append({ A: [1] });
    await clock.advance(2_000);
    const wrote: string[] = [];
    const bus = inProcessBus({ clock });
    await createRelay({ lanes: [lane], log, bus, clock }).start();
    const late = createProjector({
      ...{ projection: totals, lanes: [lane], log, bus, clock, isShared: true },
      readModel: {
        ...readModel,
        async write(rows, moved) {
          wrote.push(...rows.map(({ id }) => id));
          await readModel.write(rows, moved);
        },
      },
    });
    await late.start();
    await clock.advance(3_600);
    expect([late.applied(lane), wrote]).toEqual([1, []]);
    kill();
    await append({ B: [2] });
    await clock.advance(3_600);
    expect(wrote).toContain('B');
    await late.stop();
  });

  it('lets a reader wait for a version', async () => {
    let reached = false;
    void projector.reached(lane, 2)?.then(() => {
      reached = true;
    });
    await append({ A: [1] });
    expect(reached).toBe(false);
    await append({ A: [1] });
    expect(reached).toBe(true);
  });

  it('lets a reader who comes before it has started wait for it', async () => {
    await append({ A: [1] });
    const bus = inProcessBus({ clock });
    const late = createProjector({ projection: totals, lanes: [lane], log, bus, readModel, clock });
    const reached = Promise.resolve(late.reached(lane, 1)).then(() => late.peek('totals', 'A'));
    await late.start();
    expect((await reached)?.document).toEqual({ units: 1, changes: 1 });
  });

  it('fails who waits for its start when it stops before', async () => {
    const bus = inProcessBus({ clock });
    const none = createProjector({ projection: totals, lanes: [lane], log, bus, readModel, clock });
    const reached = expect(none.reached(lane, 1)).rejects.toThrow('has stopped');
    await none.stop();
    await reached;
  });

  it('tells each commit with the documents that it changed, once each', async () => {
    const told: string[] = [];
    const stop = projector.onApplied((commit, changed) => {
      told.push(`${commit.version} ${changed.map(({ id }) => id)}`);
    });
    await append({ A: [1, 2] });
    stop();
    await append({ A: [3] });
    expect(told).toEqual(['1 A,inventory:0:1:0,inventory:0:1:1']);
  });

  it('writes behind, documents with the position, and goes on there', async () => {
    await append({ A: [1] });
    await clock.advance(3_000);
    expect((await readModel.get('totals', ['A']))[0]).toMatchObject({ version: 1 });
    expect(await readModel.position('totals', lane)).toMatchObject({ version: 1 });
    expect(projector.figures()).toMatchObject({ unwrittenDocuments: 0 });
    await append({ A: [4] });
    await projector.stop();
    projector = await open();
    expect(projector.applied(lane)).toBe(2);
    expect(await unitsIn('A')).toBe(5);
  });

  it('does not apply a commit twice to a document that was written without the position', async () => {
    const torn: ReadModel = {
      ...readModel,
      async write(documents) {
        const [first] = documents.filter(({ id }) => id === 'A');
        await readModel.write(first ? [first] : [], []);
        throw new Error('killed in between');
      },
    };
    projector = await open({ readModel: torn });
    await append({ A: [1], B: [2] });
    await append({ A: [10], B: [20] });
    await clock.advance(3_000);
    projector = await open();
    expect(projector.applied(lane)).toBe(2);
    expect(await unitsIn('A')).toBe(11);
    expect(await unitsIn('B')).toBe(22);
    expect(await projector.read('totals', ['A'])).toEqual([{ units: 11, changes: 2 }]);
  });

  it('equals the fold of the log, whatever is evicted and however often the store fails', async () => {
    const faults = failSometimes(7, 0.4);
    projector = await open({
      readModel: faultyReadModel(readModel, (call) =>
        call === 'write' ? faults(call) : undefined,
      ),
      documentsMax: 3,
    });
    const expected = new Map<string, number>();
    for (let count = 0; count < 150; count += 1) {
      const name = `S${(count * 7) % 20}`;
      const units = count % 13 === 0 ? 0 : count;
      await append({ [name]: [units] });
      if (units === 0) expected.delete(name);
      else expected.set(name, (expected.get(name) ?? 0) + units);
      if (count % 10 === 0) await clock.advance(1_500);
      if (count % 40 === 39) projector = await open({ documentsMax: 3 });
    }
    await clock.advance(5_000);
    expect(projector.figures().documentsInMemory).toBeLessThanOrEqual(3);
    for (let at = 0; at < 20; at += 1) {
      expect(await unitsIn(`S${at}`)).toBe(expected.get(`S${at}`));
    }
  });

  it('waits out a store that cannot be read', async () => {
    await append({ A: [1] });
    await clock.advance(3_000);
    projector = await open({
      readModel: faultyReadModel(readModel, failNext({ get: ['before'] })),
    });
    await append({ A: [2] });
    await clock.advance(250);
    expect(await unitsIn('A')).toBe(3);
    expect(projector.notReady()).toEqual([]);
  });

  it('tells no position at a stop without the documents before it', async () => {
    let writes = 0;
    const leaving: ReadModel = {
      ...readModel,
      async write(...written) {
        writes += 1;
        if (writes > 1) return readModel.write(...written);
        await pause(clock, 1_000);
        throw new StoreAway();
      },
    };
    projector = await open({ readModel: leaving });
    await append({ A: [1, 2] });
    await clock.advance(3_200);
    expect(writes).toBe(1);
    const stopped = projector.stop();
    await clock.advance(3_000);
    await stopped;
    projector = await open();
    expect(await unitsIn('A')).toBe(3);
  });

  it('keeps what is only appended no longer than until it is written', async () => {
    await append({ A: [1, 2, 3] });
    expect(projector.figures().documentsInMemory).toBe(4);
    await clock.advance(3_000);
    expect(projector.figures().documentsInMemory).toBe(1);
    expect(await projector.read('lines', ['inventory:0:1:1'])).toEqual([{ units: 2, changes: 1 }]);
  });

  it('lists completely what is written and what is not', async () => {
    await append({ A: [1], B: [1], C: [1], D: [1], E: [0] });
    await clock.advance(3_000);
    await append({ B: [0], C: [5], E: [1], X: [1] });
    expect(await page()).toEqual(['A 1', 'C 6', 'D 1', 'E 1', 'X 1']);
    expect(await page({ limit: 2 })).toEqual(['A 1', 'C 6']);
    expect(await page({ limit: 2, after: 'C' })).toEqual(['D 1', 'E 1']);
    expect(await page({ limit: 2, direction: 'down', after: 'E' })).toEqual(['D 1', 'C 6']);
    expect(await page({ prefix: 'X' })).toEqual(['X 1']);
    await append({ A: [0], C: [0] });
    expect(await page({ limit: 2 })).toEqual(['D 1', 'E 1']);
  });

  it('consumes no more while too much is unwritten', async () => {
    const stuck = { ...readModel, write: () => new Promise<void>(() => {}) };
    projector = await open({ readModel: stuck });
    const streams = Object.fromEntries(Array.from({ length: 3_000 }, (_, at) => [`S${at}`, [1]]));
    for (let count = 0; count < 8; count += 1) await append(streams);
    // Each commit leaves 3,000 lines; the sums are the same documents again and again.
    expect(projector.applied(lane)).toBeLessThan(8);
    expect(projector.figures().unwrittenDocuments).toBeLessThan(30_000);
  });

  it('is rebuilt from zero', async () => {
    await append({ A: [1], B: [2] });
    await clock.advance(3_000);
    await readModel.write([{ collection: 'totals', id: 'Z', version: 9, body: '{"units":1}' }], []);
    const rebuilt = projector.rebuild();
    await clock.settle();
    await rebuilt;
    expect(await page()).toEqual(['A 1', 'B 2']);
    await append({ A: [1] });
    expect(await unitsIn('A')).toBe(2);
  });

  it('stops, says why, and writes nothing more when a fold fails', async () => {
    const broken: Projection<Total> = {
      ...totals,
      evolve(document, recorded, key, place) {
        if (unitsOf(recorded) === 13) throw new Error('thirteen');
        return totals.evolve(document, recorded, key, place);
      },
    };
    projector = await open({ projection: broken });
    await append({ A: [1], B: [13] });
    await clock.advance(3_000);
    expect(projector.notReady()[0]).toMatch(/thirteen/);
    expect(await readModel.position('totals', lane)).toMatchObject({ version: 0 });
    expect(await readModel.get('totals', ['A'])).toEqual([undefined]);
    await projector.stop();
    expect(await readModel.get('totals', ['A', 'B'])).toEqual([undefined, undefined]);
    expect(await readModel.position('totals', lane)).toMatchObject({ version: 0 });
  });

  it('keeps in memory what is not yet written, however much is read meanwhile', async () => {
    const stuck = { ...readModel, write: () => new Promise<void>(() => {}) };
    projector = await open({ readModel: stuck, documentsMax: 1 });
    await append({ A: [1], B: [2] });
    for (let count = 0; count < 10; count += 1) await projector.read('totals', [`other ${count}`]);
    await append({ A: [1] });
    expect(projector.peek('totals', 'A')?.document?.units).toBe(2);
    expect(projector.peek('totals', 'B')?.document?.units).toBe(2);
  });
});
