import { expect, it } from 'vitest';
import { put, tillLane } from '../test/till.ts';
import { inMemoryEventLog } from './event-log.in-memory.ts';
import { LaneStopped } from './lane.ts';
import { inMemoryLaneRows } from './lane-rows.in-memory.ts';
import { scriptedClock } from './scripted-clock.ts';

it('a lane that could not start has stopped, and nobody waits for it', async () => {
  const clock = scriptedClock();
  const due = () => Promise.reject(new Error('a bug'));
  const lane = tillLane({
    ...{ log: inMemoryEventLog(), rows: { ...inMemoryLaneRows(), due }, clock },
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

const held = { holds: () => true };
