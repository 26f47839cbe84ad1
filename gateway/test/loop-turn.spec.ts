import { beforeEach, describe, expect, it } from 'vitest';
import { type LoopTurn, loopTurn } from '../src/shedding/loop-turn.ts';
import { manualClock } from './live-stubs/manual-clock.ts';

describe('a turn of the event loop', () => {
  let time = manualClock();
  let turn: LoopTurn;
  let said: string[];
  beforeEach(() => {
    time = manualClock();
    said = [];
    const { clock } = time;
    turn = loopTurn({
      clock,
      betweenParts: () => said.push('between parts'),
      whenRead: (callback) => void clock.after(0, callback),
      whenLong: () => said.push('long'),
    });
  });
  const beginMany = (count: number) => {
    for (let request = 0; request < count; request += 1) turn.begin();
  };
  const listen = () => {
    turn.afterPart(() => said.push('after part'));
    turn.afterTurn(() => said.push('after turn'));
  };

  it('began with its first request, for all that it reads', async () => {
    const first = turn.begin();
    expect(turn.beganAt()).toBe(first);
    await time.advance(10);
    expect(turn.begin()).toBe(first + 10);
  });

  it('ends when all is read', async () => {
    beginMany(5);
    listen();
    expect(said).toEqual([]);
    await time.advance(0);
    expect(said).toEqual(['after part', 'after turn']);
    await time.advance(10);
    expect(said).toHaveLength(2);
  });

  it('is done in parts when it reads much', async () => {
    beginMany(10);
    listen();
    beginMany(118);
    expect(said).toEqual([]);
    turn.begin();
    expect(said).toEqual(['after part', 'between parts']);
    await time.advance(0);
    expect(said).toEqual(['after part', 'between parts', 'after turn']);
  });

  it('counts as several when it does not end by itself', () => {
    let nowMs = 0;
    const clock = { monotonicMs: () => nowMs };
    const whenLong = () => said.push('long');
    turn = loopTurn({ clock, betweenParts: () => {}, whenRead: () => {}, whenLong });
    turn.begin();
    listen();
    nowMs = 101;
    beginMany(127);
    expect(said).toEqual([]);
    expect(turn.begin()).toBe(101);
    expect(said).toEqual(['long', 'after part', 'after turn']);
  });
});
