import { beforeEach, describe, expect, it } from 'vitest';
import {
  asked,
  put,
  type TillCommand,
  type TillLaneOptions,
  take,
  till,
  tillLane,
} from '#test/till.ts';
import type { LaneId } from '../commit.ts';
import { inMemoryEventLog } from '../log/event-log.in-memory.ts';
import type { EventLog } from '../log/event-log.ts';
import { inMemoryLaneRows } from '../rows/lane-rows.in-memory.ts';
import type { LaneRows } from '../rows/lane-rows.ts';
import { type ScriptedClock, scriptedClock } from '../scripted-clock.ts';
import { type Lane, Overloaded } from './lane.ts';

const id: LaneId = { context: 'inventory', lane: 0 };
const nothing = () => undefined;

describe('a lane with little memory', () => {
  let clock: ScriptedClock;
  let log: EventLog;
  let rows: LaneRows;

  beforeEach(() => {
    clock = scriptedClock();
    log = inMemoryEventLog();
    rows = inMemoryLaneRows();
  });

  const open = async (options: Partial<TillLaneOptions> = {}): Promise<Lane<TillCommand>> => {
    const lane = tillLane({
      ...{ log, rows, clock, bounds: { streamsMax: 1, recentOutcomesMax: 1 } },
      onFailure: (failure) => {
        throw failure;
      },
      ...options,
    });
    await lane.start();
    return lane;
  };

  const unitsIn = (lane: Lane<TillCommand>, name: string) =>
    lane.read([`till/${name}`], (view) => view.get(till, name).units);

  /** Uses other streams, and lets the rows be written, until only these are in memory. */
  const crowdOut = async (lane: Lane<TillCommand>) => {
    for (const name of ['X', 'Y', 'Z']) {
      await lane.handle(put(name, 1), nothing);
      await clock.advance(5_500);
    }
  };

  it('reads an evicted stream back as it was', async () => {
    const lane = await open();
    await lane.handle(put('A', 5), nothing);
    await crowdOut(lane);
    expect(lane.figures().streamsInMemory).toBeLessThan(4);
    await lane.handle(take('A', 2), nothing);
    expect(await unitsIn(lane, 'A')).toBe(3);
  });

  it('forgets what it has only read, too', async () => {
    const lane = await open();
    for (const name of ['A', 'B', 'C', 'D']) await unitsIn(lane, name);
    expect(lane.figures().streamsInMemory).toBe(4);
    await clock.advance(15_000);
    expect(lane.figures().streamsInMemory).toBe(1);
  });

  it('opens though it forgets what its tail has changed before its timers look', async () => {
    const first = await open();
    for (const name of ['A', 'B', 'C']) await first.handle(put(name, 1), nothing);
    // It is killed before any row is written.
    rows = inMemoryLaneRows();
    const due: LaneRows['due'] = async (...asked) => {
      await new Promise<void>((resolve) => void clock.after(5_000, resolve));
      return rows.due(...asked);
    };
    const opening = open({ rows: { ...rows, due } });
    await clock.advance(10_000);
    expect((await opening).figures().streamsInMemory).toBeLessThan(3);
  });

  it('finds an answer that is no longer in memory', async () => {
    const lane = await open();
    await lane.handle(put('A', 5, 'k1'), nothing);
    await lane.handle(put('A', 5, 'k2'), nothing);
    await crowdOut(lane);
    expect(await lane.handle(put('A', 5, 'k1'), nothing)).toMatchObject({ replayed: true });
    expect(await unitsIn(lane, 'A')).toBe(10);
  });

  it('does not evict what is not yet written', async () => {
    const stuck = { ...rows, write: () => new Promise<void>(() => {}) };
    const lane = await open({ rows: stuck });
    for (let count = 0; count < 10; count += 1) await lane.handle(put(`A${count}`, 1), nothing);
    await clock.advance(5_000);
    expect(lane.figures().streamsInMemory).toBe(10);
    expect(lane.figures().checkpoint).toBe(0);
  });

  it('takes only what is urgent while too much waits to be written', async () => {
    const disk = Promise.withResolvers<void>();
    const slow: LaneRows = {
      ...rows,
      write: (of, batch) => disk.promise.then(() => rows.write(of, batch)),
    };
    const lane = await open({ rows: slow, bounds: { unwrittenRowsMax: 3 } });
    for (let count = 0; count < 4; count += 1) await lane.handle(put(`A${count}`, 1), nothing);
    await expect(lane.handle(put('B', 1), nothing)).rejects.toThrow(Overloaded);
    await lane.handle(asked({ type: 'Move', from: 'A0', to: 'B', units: 1 }), nothing);
    disk.resolve();
    await clock.advance(10_000);
    await lane.handle(put('B', 1), nothing);
    expect(await unitsIn(lane, 'B')).toBe(2);
  });

  it('does not evict what still waits to be written while other rows are', async () => {
    const lane = await open({ bounds: { streamsMax: 1, batchRows: 1 } });
    const names = Array.from({ length: 12 }, (_, at) => `A${at}`);
    await Promise.all(names.map((name) => lane.handle(put(name, 1), nothing)));
    await clock.advance(30_000);
    expect(lane.figures().streamsInMemory).toBeLessThan(12);
    await Promise.all(names.map((name) => lane.handle(put(name, 1), nothing)));
    for (const name of names) expect(await unitsIn(lane, name)).toBe(2);
  });

  it('does not take a row that was read before its stream was changed, written and evicted', async () => {
    let answerLate: (() => void) | undefined;
    let looks = 0;
    const lane = await open({
      rows: {
        ...rows,
        async streams(of, names) {
          const found = await rows.streams(of, names);
          if (names.includes('till/A')) looks += 1;
          if (names.includes('till/A') && looks === 2) {
            await new Promise<void>((resolve) => {
              answerLate = resolve;
            });
          }
          return found;
        },
      },
    });
    const first = lane.handle(put('A', 5), nothing);
    const second = lane.handle(put('A', 1), nothing);
    await first;
    await crowdOut(lane);
    answerLate?.();
    await second;
    expect(await unitsIn(lane, 'A')).toBe(6);
  });

  it('does not believe that a key is new because its row was read before it was written', async () => {
    let answerLate: (() => void) | undefined;
    let looks = 0;
    const lane = await open({
      rows: {
        ...rows,
        async outcomes(of, ids) {
          const found = await rows.outcomes(of, ids);
          looks += 1;
          if (looks === 2) {
            await new Promise<void>((resolve) => {
              answerLate = resolve;
            });
          }
          return found;
        },
        // The filter never learns all ids, so that each new one is looked up.
        outcomeIds: () => new Promise(() => {}),
      },
    });
    const answers = [
      lane.handle(put('A', 5, 'k1'), nothing),
      lane.handle(put('A', 5, 'k1'), nothing),
    ];
    await answers[0];
    for (const key of ['k2', 'k3', 'k4']) await lane.handle(put('A', 1, key), nothing);
    await crowdOut(lane);
    answerLate?.();
    expect(await answers[1]).toMatchObject({ replayed: true });
    expect(await unitsIn(lane, 'A')).toBe(8);
    expect(await rows.checkpoint(id)).toBeGreaterThan(0);
  });
});
