import { describe, expect, it } from 'vitest';
import { createTick } from '../src/live/tick.ts';
import { manualClock } from './live-stubs/manual-clock.ts';

/** @param workMs how long each tick takes; @param left how many of the first leave something */
const ticking = ({ workMs = 0, left = 0 } = {}) => {
  const time = manualClock();
  const actedAt: number[] = [];
  let worked = 0;
  const beganAt = time.clock.monotonicMs();
  const now = () => time.clock.monotonicMs() + worked;
  const tick = createTick({ ...time.clock, monotonicMs: now }, () => {
    actedAt.push(time.clock.monotonicMs() - beganAt);
    worked += workMs;
    return actedAt.length <= left;
  });
  return { ...time, tick, actedAt };
};

describe('a tick', () => {
  it('comes at once after a rest, and once for all that comes together', async () => {
    const { tick, advance, actedAt } = ticking();
    tick.soon();
    tick.soon();
    await advance(0);
    expect(actedAt).toEqual([0]);
  });

  it('comes five milliseconds after the one before', async () => {
    const { tick, advance, actedAt } = ticking();
    for (let ms = 0; ms < 12; ms += 1) {
      tick.soon();
      await advance(1);
    }
    expect(actedAt).toEqual([0, 5, 10]);
  });

  it('comes later after one that took long: a fifth of the time goes into ticks', async () => {
    const { tick, advance, actedAt } = ticking({ workMs: 3 });
    tick.soon();
    await advance(0);
    tick.soon();
    await advance(11);
    expect(actedAt).toEqual([0]);
    await advance(1);
    expect(actedAt).toEqual([0, 12]);
  });

  it('comes again while something is left, and then makes no timer', async () => {
    const { tick, advance, actedAt, timers } = ticking({ left: 2 });
    tick.soon();
    await advance(100);
    expect(actedAt).toEqual([0, 5, 10]);
    expect(timers.size).toBe(0);
  });

  it('never comes after a stop', async () => {
    const { tick, advance, actedAt } = ticking();
    tick.soon();
    tick.stop();
    tick.soon();
    await advance(100);
    expect(actedAt).toEqual([]);
  });
});
