import { beforeEach, describe, expect, it } from 'vitest';
import { put, take, till, tillLane } from '#test/till.ts';
import type { LaneId } from '../commit.ts';
import { inMemoryEventLog } from '../log/event-log.in-memory.ts';
import { inMemoryLaneRows } from '../rows/lane-rows.in-memory.ts';
import type { LaneRows } from '../rows/lane-rows.ts';
import { scriptedClock } from '../scripted-clock.ts';

const nothing = () => undefined;
const id: LaneId = { context: 'inventory', lane: 0 };
/** Tills whose ids begin so are asked for when they are new, nearly always. */
const kinds = [{ ...till, mostlyNew: 'new-' }];

describe('streams that are mostly new', () => {
  const clock = scriptedClock();
  let log = inMemoryEventLog();
  let kept: LaneRows;
  let looks: string[];
  beforeEach(() => {
    log = inMemoryEventLog();
    kept = inMemoryLaneRows();
    looks = [];
  });

  const open = async (more: Partial<LaneRows> = {}) => {
    const rows: LaneRows = {
      ...kept,
      streams(lane, names) {
        looks.push(...names);
        return kept.streams(lane, names);
      },
      ...more,
    };
    const lane = tillLane({
      ...{ log, rows, clock, kinds, bounds: { streamsMax: 1, recentOutcomesMax: 1 } },
      onFailure: (failure) => {
        throw failure;
      },
    });
    await lane.start();
    await clock.advance(100);
    looks = [];
    return lane;
  };

  it('cost no look when they begin, and one once they are forgotten', async () => {
    const lane = await open();
    await lane.handle(put('new-1', 5), nothing);
    await lane.handle(put('other', 1), nothing);
    expect(looks).toEqual(['till/other']);
    for (const name of ['new-2', 'new-3', 'new-4']) {
      await lane.handle(put(name, 1), nothing);
      await clock.advance(5_500);
    }
    const { outcome } = await lane.handle(take('new-1', 2), nothing);
    expect([outcome, looks]).toEqual([{ accepted: { left: 3 } }, ['till/other', 'till/new-1']]);
    await lane.stop();
  });

  it('are known by the next owner too: what has rows, and what the tail has begun', async () => {
    const first = await open();
    for (const name of ['new-1', 'other']) await first.handle(put(name, 5), nothing);
    await clock.advance(11_000);
    // Not a row yet when its owner is killed.
    await first.handle(put('new-2', 5), nothing);
    const next = await open();
    for (const name of ['new-1', 'new-2']) {
      const { outcome } = await next.handle(take(name, 2), nothing);
      expect(outcome).toEqual({ accepted: { left: 3 } });
    }
    expect(looks).toContain('till/new-1');
    await next.stop();
  });

  it('are looked for while it is not known which have rows', async () => {
    const lane = await open({ streamNames: () => new Promise(() => {}) });
    await lane.handle(put('new-1', 5), nothing);
    expect(looks).toEqual(['till/new-1']);
    expect(await kept.streams(id, ['till/new-1'])).toEqual([undefined]);
    await lane.stop();
  });
});
