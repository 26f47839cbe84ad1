import { beforeEach, describe, expect, it } from 'vitest';
import { type ScriptedClock, scriptedClock } from '../scripted-clock.ts';
import { joinedLists } from './joined-lists.ts';

describe('lists that several hand over at about the same time', () => {
  let clock: ScriptedClock;
  let sent: (readonly number[])[];
  let handOver: (items: readonly number[]) => Promise<void>;

  beforeEach(() => {
    clock = scriptedClock();
    sent = [];
    handOver = joinedLists(clock, 4, async (items) => {
      sent.push(items);
      if (items.includes(0)) throw new Error('there was a 0');
    });
  });

  it('are sent as one, in the order in which they came', async () => {
    const handed = [handOver([1]), handOver([2, 3]), handOver([4])];
    await clock.advance(5);
    await Promise.all(handed);
    expect(sent).toEqual([[1, 2, 3, 4]]);
  });

  it('are sent as several when they are too long, none of them divided', async () => {
    const handed = [handOver([1, 2, 3]), handOver([4, 5]), handOver([6, 7, 8, 9, 10])];
    await clock.advance(5);
    await Promise.all(handed);
    expect(sent).toEqual([
      [1, 2, 3],
      [4, 5],
      [6, 7, 8, 9, 10],
    ]);
  });

  it('fail with those that they were sent with, and with no others', async () => {
    const handed = [handOver([1]), handOver([0, 2, 3]), handOver([4])];
    const ended = Promise.allSettled(handed);
    await clock.advance(5);
    expect((await ended).map(({ status }) => status)).toEqual([
      'rejected',
      'rejected',
      'fulfilled',
    ]);
  });

  it('are sent again after what was sent before', async () => {
    const first = handOver([1]);
    await clock.advance(5);
    const second = handOver([2]);
    await clock.advance(5);
    await Promise.all([first, second]);
    expect(sent).toEqual([[1], [2]]);
  });
});
