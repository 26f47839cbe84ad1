import { describe, expect, it } from 'vitest';
import { inMemoryLaneRows } from '../rows/lane-rows.in-memory.ts';
import type { Due } from '../rows/lane-rows.ts';
import { scriptedClock } from '../scripted-clock.ts';
import { laneTimers } from './lane-timers.ts';

const lane = { context: 'inventory', lane: 0 };
const manyRows = 20_000;

describe("a lane's looks for what is due", () => {
  /** When it looks again, in seconds after its first look, which finds this. */
  const looksAgainAfter = async (near: (now: number) => readonly Due[]) => {
    const clock = scriptedClock();
    const startedAt = clock.now();
    const looks: number[] = [];
    const due = async () => {
      looks.push((clock.now() - startedAt) / 1_000);
      return near(startedAt);
    };
    const timers = laneTimers(lane, { ...inMemoryLaneRows(), due }, clock, () => {});
    await timers.start();
    while (looks.length < 2) await clock.advance(1_000);
    timers.stop();
    return looks[1];
  };

  it('are seldom while all that is near is known', async () => {
    expect(await looksAgainAfter(() => [])).toBe(240);
  });

  it('come before the last one that is known, where more are near than are read', async () => {
    const after = await looksAgainAfter((now) =>
      Array.from({ length: manyRows }, (_, at) => ({
        stream: `till/${at}`,
        due: now + 100_000 + at,
      })),
    );
    expect(after).toBeGreaterThan(58);
    expect(after).toBeLessThan(62);
  });
});
