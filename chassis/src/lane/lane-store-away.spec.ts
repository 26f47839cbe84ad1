import { beforeEach, describe, expect, it } from 'vitest';
import { asked, put, till, tillLane } from '#test/till.ts';
import type { LaneId } from '../commit.ts';
import { inMemoryEventLog } from '../log/event-log.in-memory.ts';
import { inMemoryLaneRows } from '../rows/lane-rows.in-memory.ts';
import type { LaneRows } from '../rows/lane-rows.ts';
import { scriptedClock } from '../scripted-clock.ts';
import { StoreAway } from '../store-failure.ts';
import type { View } from '../stream-kind.ts';
import { Overloaded } from './lane.ts';

const id: LaneId = { context: 'inventory', lane: 0 };
const units = (name: string) => (view: View) => view.get(till, name).units;

describe('a lane whose store does not answer', () => {
  const clock = scriptedClock();
  const log = inMemoryEventLog();
  const kept = inMemoryLaneRows();
  let failures: unknown[];
  let away: boolean;
  beforeEach(() => {
    failures = [];
    away = false;
  });

  const whileThere = async <Result>(ask: () => Promise<Result>): Promise<Result> => {
    if (away) throw new StoreAway('test');
    return ask();
  };
  const rows: LaneRows = {
    ...kept,
    checkpoint: (lane) => whileThere(() => kept.checkpoint(lane)),
    streams: (lane, names) => whileThere(() => kept.streams(lane, names)),
    outcomes: (lane, ids) => whileThere(() => kept.outcomes(lane, ids)),
    outcomeIds: (lane, after, limit) => whileThere(() => kept.outcomeIds(lane, after, limit)),
    streamNames: (lane, ...of) => whileThere(() => kept.streamNames(lane, ...of)),
    due: (lane, until, limit) => whileThere(() => kept.due(lane, until, limit)),
  };
  const onFailure = (failure: unknown) => failures.push(failure);
  const open = async () => {
    const lane = tillLane({ log, rows, clock, onFailure, ...id, lease: () => undefined });
    const started = lane.start();
    await clock.settle();
    await started;
    return lane;
  };

  it('refuses what it would have to load, and spends no key', async () => {
    const lane = await open();
    away = true;
    const refused = lane.handle(put('A', 1, 'k1'), units('A'));
    await Promise.all([expect(refused).rejects.toThrow(Overloaded), clock.settle()]);
    const asked = lane.outcomeOf(put('B', 1, 'k2').record);
    await Promise.all([expect(asked.then(String)).resolves.toBe('undefined'), clock.settle()]);
    away = false;
    const again = lane.handle(put('A', 1, 'k1'), units('A'));
    await clock.settle();
    expect(await again).toMatchObject({ shown: 1, replayed: false });
    expect(failures).toEqual([]);
  });

  it('wakes its streams and learns its keys once they can be read again', async () => {
    const first = await open();
    const alarmAt = clock.now() + 30_000;
    const set = first.handle(asked({ type: 'SetAlarm', till: 'E', alarmAt }), units('E'));
    await clock.advance(2_000);
    await set;
    const stopped = first.stop();
    await clock.settle();
    await stopped;

    const lane = await open();
    away = true;
    await clock.advance(alarmAt - clock.now() + 60_000);
    away = false;
    await clock.advance(30_000);
    const rang = lane.read(['till/E'], (view) => view.get(till, 'E').rang);
    await clock.settle();
    expect(await rang).toEqual([expect.any(Number)]);

    away = true;
    const opening = tillLane({ log, rows, clock, onFailure, ...id, lease: () => undefined });
    const refused = opening.start();
    await Promise.all([expect(refused).rejects.toThrow(StoreAway), clock.settle()]);
    expect(failures).toEqual([]);
  });

  it('keeps nobody waiting after it has lost to another one meanwhile, and goes on', async () => {
    const [one, two] = [await open(), await open()];
    const first = one.handle(put('C', 1, 'k3'), units('C'));
    await clock.settle();
    await first;
    const load = two.read(['till/D'], units('D'));
    await clock.settle();
    await load;
    const next = one.handle(put('C', 1, 'k4'), units('C'));
    await clock.settle();
    await next;
    const late = two.handle(put('D', 5, 'k5'), units('D')).catch((failure: unknown) => failure);
    away = true;
    await clock.advance(5_000);
    expect(await late).toBeInstanceOf(Overloaded);
    away = false;
    await clock.advance(5_000);
    const again = two.handle(put('D', 5, 'k5'), units('D'));
    await clock.settle();
    expect(await again).toMatchObject({ shown: 5, replayed: false });
    expect(failures).toEqual([]);
  });
});
