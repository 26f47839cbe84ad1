import { beforeEach, describe, expect, it } from 'vitest';
import { put, tillLane } from '#test/till.ts';
import { pause } from '../clock.ts';
import type { LaneId } from '../commit.ts';
import { inMemoryEventLog } from '../log/event-log.in-memory.ts';
import type { EventLog } from '../log/event-log.ts';
import { closeCommit, openCommit } from '../log/open-commit.ts';
import { inMemoryLaneRows } from '../rows/lane-rows.in-memory.ts';
import { type ScriptedClock, scriptedClock } from '../scripted-clock.ts';
import { Overloaded } from './lane.ts';
import { type Strife, strifeOf } from './strife.ts';

const first: LaneId = { context: 'inventory', lane: 0 };
const second: LaneId = { context: 'inventory', lane: 1 };
const nothing = () => undefined;
const rivalEveryMs = 50;

describe('a lane that meets another owner again and again', () => {
  let clock: ScriptedClock;
  let log: EventLog;
  let sent: number;

  beforeEach(() => {
    clock = scriptedClock();
    log = inMemoryEventLog();
    sent = 0;
  });

  const appendAsRival = async (id = first) => {
    const head = await log.head(id);
    const commit = openCommit(head.version + 1, clock.now());
    await log.append(closeCommit(id, commit, head, `rival-${head.version}`));
  };

  /** Appends so often that whoever else begins an append comes too late. */
  const rival = () => {
    const going = { on: true };
    void (async () => {
      while (going.on) {
        await appendAsRival();
        await pause(clock, rivalEveryMs);
      }
    })();
    return going;
  };

  const open = async (strife: Strife | undefined = undefined, number = 0) => {
    const slow: EventLog = {
      ...log,
      async append(commit) {
        sent += 1;
        await pause(clock, 3 * rivalEveryMs);
        return log.append(commit);
      },
    };
    const failed = (failure: unknown) => {
      throw failure;
    };
    const rows = inMemoryLaneRows();
    const lane = tillLane({
      ...{ lane: number, log: slow, rows, clock, strife, onFailure: failed },
      lease: () => undefined,
    });
    await lane.start();
    return lane;
  };

  const answerOf = (answer: Promise<unknown>) => {
    const heard: unknown[] = [];
    answer.then(
      (told) => heard.push(told),
      (failure: unknown) => heard.push(failure),
    );
    return heard;
  };

  it('leaves it the lane while that one goes on, and takes it up when that one rests', async () => {
    const lane = await open();
    const going = rival();
    const waiting = answerOf(lane.handle(put('A', 1, 'k1'), nothing));
    await clock.advance(1_000);
    expect([sent, waiting]).toEqual([2, []]);
    await clock.advance(3_000);
    expect(sent).toBe(2);
    expect(waiting).toEqual([expect.any(Overloaded)]);
    await expect(lane.handle(put('A', 1, 'k2'), nothing)).rejects.toThrow(Overloaded);
    await expect(lane.read(['till/A'], nothing)).rejects.toThrow(Overloaded);
    going.on = false;
    await clock.advance(2_000);
    const again = answerOf(lane.handle(put('A', 1, 'k1'), nothing));
    await clock.advance(1_000);
    expect(again).toEqual([expect.objectContaining({ replayed: false })]);
    await lane.stop();
  });

  it('asks for its turn in the end: it undoes few of the commits of who never rests', async () => {
    const lane = await open();
    const going = rival();
    for (let seconds = 0; seconds < 60; seconds += 1) {
      lane.handle(put('A', 1), nothing).catch(nothing);
      await clock.advance(1_000);
    }
    going.on = false;
    const { version } = await log.head(first);
    expect(sent).toBeGreaterThan(2);
    expect(lane.figures().conflicts / version).toBeLessThan(0.01);
    await lane.stop();
  });

  it('leaves the other lanes of its process too, and takes them up as they are then', async () => {
    const strife = strifeOf({ clock, log });
    const [lane, other] = [await open(strife), await open(strife, 1)];
    const before = answerOf(other.handle(put('B', 1), nothing));
    await clock.advance(1_000);
    expect(before).toEqual([expect.objectContaining({ version: 1 })]);
    const going = rival();
    lane.handle(put('A', 1), nothing).catch(nothing);
    await clock.advance(1_000);
    await appendAsRival(second);
    await expect(other.handle(put('B', 1), nothing)).rejects.toThrow(Overloaded);
    going.on = false;
    await clock.advance(3_000);
    const heard = answerOf(other.handle(put('B', 1), nothing));
    await clock.advance(1_000);
    expect(heard).toEqual([expect.objectContaining({ version: 3 })]);
    expect(other.figures().conflicts).toBe(0);
    await Promise.all([lane.stop(), other.stop()]);
  });

  it('ends while it stands aside', async () => {
    const lane = await open();
    const going = rival();
    const waiting = answerOf(lane.handle(put('A', 1), nothing));
    await clock.advance(1_000);
    await lane.stop();
    expect(waiting).toEqual([expect.objectContaining({ name: 'LaneStopped' })]);
    going.on = false;
  });
});
