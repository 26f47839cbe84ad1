import { describe, expect, it } from 'vitest';
import {
  type Address,
  createPick,
  newAddress,
  noteAnswer,
  noteFailure,
  ownerOf,
} from './addresses.ts';

const world = (count: number) => {
  let now = 0;
  const addresses = Array.from({ length: count }, (_, at) => {
    const address = newAddress(`http://10.0.0.${at}:4001`);
    address.unreadyBecause = undefined;
    return address;
  });
  const [first, second] = addresses;
  if (first === undefined || second === undefined) throw new Error('two at least');
  const pick = createPick(addresses, () => now);
  const times = (count: number) => {
    const picked = Array.from({ length: count }, () => pick('running'));
    return (address: Address) => picked.filter((each) => each === address).length;
  };
  return {
    ...{ addresses, first, second, pick, times },
    fail: (address: Address) => noteFailure(address, now),
    wait: (ms: number) => {
      now += ms;
    },
  };
};

describe('which process is asked', () => {
  it('is each in turn while all have as little to do', () => {
    const { addresses, times } = world(3);
    const timesOf = times(30);
    expect(addresses.map(timesOf)).toEqual([10, 10, 10]);
  });

  it('is the one with the least to do, of calls and of streams apart', () => {
    const { pick, first, second } = world(2);
    first.running = 5;
    second.streams = 5;
    expect(pick('running')).toBe(second);
    expect(pick('running')).toBe(second);
    expect(pick('streams')).toBe(first);
    expect(pick('streams')).toBe(first);
  });

  it('is none that was tried for this call', () => {
    const { pick, first, second } = world(2);
    expect(pick('running', new Set([first]))).toBe(second);
    expect(pick('running', new Set([first, second]))).toBeUndefined();
  });

  it('is not one that failed just now, however much the other has to do', () => {
    const { fail, first, second, times } = world(2);
    second.running = 1_000;
    fail(first);
    expect(times(10)(first)).toBe(0);
  });

  it('is once the one that failed when its time is over, and again when that is answered', () => {
    const { fail, wait, first, times } = world(2);
    fail(first);
    wait(249);
    expect(times(10)(first)).toBe(0);
    wait(1);
    expect(times(10)(first)).toBe(1);
    noteAnswer(first);
    expect(times(10)(first)).toBe(5);
  });

  it('is left alone for longer each time that it fails', () => {
    const { fail, wait, first, times } = world(2);
    for (const ms of [250, 500, 1_000, 2_000, 4_000, 4_000]) {
      fail(first);
      wait(ms - 1);
      expect(times(4)(first)).toBe(0);
      wait(1);
      expect(times(4)(first)).toBe(1);
    }
  });

  it('is one that says it is not ready only where there is no better one', () => {
    const { fail, first, second, pick } = world(2);
    first.unreadyBecause = 'it is still folding its log';
    expect(pick('running')).toBe(second);
    fail(second);
    expect(pick('running')).toBe(first);
    fail(first);
    expect(pick('running')).toBeDefined();
  });
});

describe('who owns what lies at a place', () => {
  const given = () => {
    const { addresses, first, second, fail } = world(2);
    first.lanes = { count: 4, owned: [0, 1] };
    second.lanes = { count: 4, owned: [2, 3] };
    return { addresses, first, second, fail };
  };

  it('is the process that has said so of its lane', () => {
    const { addresses, first, second } = given();
    expect(['0000', '7fff', '8000', 'ffff'].map((place) => ownerOf(addresses, place))).toEqual([
      ...[first, first, second, second],
    ]);
  });

  it('is nobody where nobody has said so, or who has does not answer, or is busy', () => {
    const { addresses, first, second, fail } = given();
    second.lanes = undefined;
    expect(ownerOf(addresses, 'ffff')).toBeUndefined();
    first.running = 256;
    expect(ownerOf(addresses, '0000')).toBeUndefined();
    first.running = 255;
    expect(ownerOf(addresses, '0000')).toBe(first);
    first.unreadyBecause = 'it stops';
    expect(ownerOf(addresses, '0000')).toBeUndefined();
    first.unreadyBecause = undefined;
    fail(first);
    expect(ownerOf(addresses, '0000')).toBeUndefined();
  });
});
