import { describe, expect, it } from 'vitest';
import { inMemoryLaneRows } from '../rows/lane-rows.in-memory.ts';
import type { Due } from '../rows/lane-rows.ts';
import { scriptedClock } from '../scripted-clock.ts';
import { laneTimers } from './lane-timers.ts';

const lane = { context: 'inventory', lane: 0 };
const readMax = 20_000;
const keptMax = 50_000;
const minutes = (count: number) => count * 60_000;

/** Timers over rows that are what this says; what is woken, and when rows are looked at. */
function timersOver(rowsOf: (now: number) => readonly Due[]) {
  const clock = scriptedClock();
  const startedAt = clock.now();
  /** In seconds after the start. */
  const looks: number[] = [];
  const woken = new Set<string>();
  const due = async (_: unknown, until: number, limit: number) => {
    looks.push((clock.now() - startedAt) / 1_000);
    return rowsOf(startedAt)
      .filter((each) => each.due < until)
      .slice(0, limit);
  };
  const timers = laneTimers(lane, { ...inMemoryLaneRows(), due }, clock, (names) => {
    for (const name of names) {
      woken.add(name);
      timers.set(name, undefined);
    }
  });
  const pass = async (ms: number) => {
    for (let passed = 0; passed < ms; passed += 10_000) await clock.advance(10_000);
  };
  return { timers, clock, looks, woken, pass };
}

const many = (count: number, first: number): readonly Due[] =>
  Array.from({ length: count }, (_, at) => ({ stream: `till/${at}`, due: first + at }));

describe("a lane's looks for what is due", () => {
  it('are over once all that there is was read, and all that is set since is kept', async () => {
    const { timers, clock, looks, woken, pass } = timersOver((now) => [
      { stream: 'till/read', due: now + minutes(30) },
    ]);
    await timers.start();
    timers.set('till/set', clock.now() + minutes(40));
    await pass(minutes(29));
    expect(woken.size).toBe(0);
    await pass(minutes(12));
    expect([...woken]).toEqual(['till/read', 'till/set']);
    expect(looks).toEqual([0]);
    timers.stop();
  });

  it('come before the last one that is known, where there are more than are read', async () => {
    const { timers, looks, pass } = timersOver((now) => many(readMax + 1, now + 100_000));
    await timers.start();
    await pass(minutes(2));
    timers.stop();
    expect(looks[1]).toBeGreaterThan(58);
    expect(looks[1]).toBeLessThan(72);
  });

  it('find what memory had no room for, and are over when it has room again', async () => {
    const far = minutes(20);
    let rows: readonly Due[] = [];
    const { timers, clock, looks, woken, pass } = timersOver(() => rows);
    await timers.start();
    const set = many(keptMax + 3, clock.now() + far);
    for (const { stream, due } of set) timers.set(stream, due);
    // As rows are written, and as they are once what is in memory has been woken.
    rows = set.slice(-3);
    await pass(far + minutes(1));
    expect(woken.size).toBe(set.length);
    rows = [];
    const before = looks.length;
    expect(before).toBeGreaterThan(4);
    await pass(minutes(20));
    expect(looks.length).toBeLessThanOrEqual(before + 1);
    timers.stop();
  });
});
