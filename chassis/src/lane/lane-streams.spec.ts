import { beforeEach, describe, expect, it } from 'vitest';
import { till } from '#test/till.ts';
import type { DomainEvent } from '../commit.ts';
import { inMemoryLaneRows } from '../rows/lane-rows.in-memory.ts';
import { idOfStream, prefixOfStream, streamName } from '../stream-kind.ts';
import { type LaneStreams, laneStreams } from './lane-streams.ts';

const receipt = { ...till, prefix: 'receipt', keptMax: 3 };
const event: DomainEvent & { readonly units: number } = { type: 'Put', units: 1 };
const place = { at: 0, actor: 'spec', id: () => 'none' };

describe('streams of a kind that is seldom looked at again', () => {
  let streams: LaneStreams;

  beforeEach(() => {
    const lane = { context: 'till', lane: 0 };
    streams = laneStreams(lane, inMemoryLaneRows(), [till, receipt], 5);
  });

  const named = (kind: typeof till, count: number) =>
    Array.from({ length: count }, (_, at) => streamName(kind, String(at)));

  /**
   * Changes them, looks at them, and writes them down; who was looked at stays once.
   * @returns those that are in memory then
   */
  const use = (names: readonly string[]) => {
    for (const name of names) {
      streams.begin(name);
      streams.evolve(name, event, 1, place);
      streams.view.get(prefixOfStream(name) === 'till' ? till : receipt, idOfStream(name));
    }
    streams.written(streams.unwritten(names.length, true));
    for (const _ of [1, 2]) streams.evict();
    return names.filter(streams.view.has);
  };

  it('make room for each other alone, the oldest first', () => {
    const [tills, receipts] = [named(till, 5), named(receipt, 10)];
    expect(use([...tills, ...receipts])).toEqual([...tills, ...receipts.slice(7)]);
  });

  it('make no room for others', () => {
    const [tills, receipts] = [named(till, 9), named(receipt, 3)];
    expect(use([...receipts, ...tills])).toEqual([...receipts, ...tills.slice(4)]);
  });
});
