import { describe, expect, it } from 'vitest';
import { shareOf } from './share-of.ts';

const lanes = 16;
const sharesOf = (...members: string[]) => members.map((member) => shareOf(member, members, lanes));

describe('shares of lanes', () => {
  it.each([1, 2, 3, 5, 16, 20])('of %i members are each lane once, as even as can be', (count) => {
    const members = Array.from({ length: count }, (_, at) => `process-${at}`);
    const shares = sharesOf(...members);
    expect(shares.flatMap((share) => [...share]).sort((a, b) => a - b)).toEqual(
      Array.from({ length: lanes }, (_, lane) => lane),
    );
    for (const { size } of shares) expect(size).toBeLessThanOrEqual(Math.ceil(lanes / count));
  });

  it('are the same in whatever order the members are listed', () => {
    expect(shareOf('b', ['a', 'b', 'c'], lanes)).toEqual(shareOf('b', ['c', 'b', 'a'], lanes));
  });

  it('leaves most lanes where they are when somebody comes', () => {
    const [before] = sharesOf('a', 'b');
    const [after] = sharesOf('a', 'b', 'c');
    const kept = [...(after ?? [])].filter((lane) => before?.has(lane));
    expect(kept.length).toBeGreaterThanOrEqual(4);
  });

  it('is nothing for who is no member yet', () => {
    expect(shareOf('x', ['a', 'b'], lanes).size).toBe(0);
  });
});
