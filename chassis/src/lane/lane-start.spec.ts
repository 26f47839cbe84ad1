import { expect, it } from 'vitest';
import { put, tillLane } from '#test/till.ts';
import { inMemoryEventLog } from '../log/event-log.in-memory.ts';
import { inMemoryLaneRows } from '../rows/lane-rows.in-memory.ts';
import { scriptedClock } from '../scripted-clock.ts';
import { LaneStopped } from './lane.ts';

it('a lane that could not start has stopped, and nobody waits for it', async () => {
  const clock = scriptedClock();
  const checkpoint = () => Promise.reject(new Error('a bug'));
  const lane = tillLane({
    ...{ log: inMemoryEventLog(), rows: { ...inMemoryLaneRows(), checkpoint }, clock },
    ...{ lease: () => held, onFailure: () => {} },
  });
  await expect(lane.start()).rejects.toThrow('a bug');
  let hasStopped = false;
  void lane.stop().then(() => {
    hasStopped = true;
  });
  await clock.advance(1_000);
  expect(hasStopped).toBe(true);
  await expect(lane.handle(put('a', 1), () => undefined)).rejects.toThrow(LaneStopped);
});

it('a lane is open before its timers are listed, and fails when they cannot be', async () => {
  let fail = (_: Error) => {};
  const due = () =>
    new Promise<never>((_, reject) => {
      fail = reject;
    });
  const failures: unknown[] = [];
  const lane = tillLane({
    ...{ log: inMemoryEventLog(), rows: { ...inMemoryLaneRows(), due }, clock: scriptedClock() },
    ...{ lease: () => held, onFailure: (failure) => void failures.push(failure) },
  });
  await lane.start();
  await lane.handle(put('a', 1), () => undefined);
  const bug = new Error('a bug');
  fail(bug);
  await expect.poll(() => failures).toEqual([bug]);
  expect(lane.hasEnded()).toBe(true);
});

const held = { holds: () => true };
