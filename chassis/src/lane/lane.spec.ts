import { beforeEach, describe, expect, it } from 'vitest';
import { commitAfter } from '#test/commits.ts';
import { failNext, faultyLog } from '#test/faults.ts';
import {
  asked,
  put,
  type TillCommand,
  type TillLaneOptions,
  take,
  till,
  tillLane,
} from '#test/till.ts';
import type { LaneId } from '../commit.ts';
import { inMemoryEventLog } from '../log/event-log.in-memory.ts';
import { type EventLog, readFrom } from '../log/event-log.ts';
import { inMemoryLaneRows } from '../rows/lane-rows.in-memory.ts';
import type { LaneRows } from '../rows/lane-rows.ts';
import { type ScriptedClock, scriptedClock } from '../scripted-clock.ts';
import { verifyChain } from '../stored/verify-chain.ts';
import { type Lane, LaneStopped, Overloaded } from './lane.ts';

const id: LaneId = { context: 'inventory', lane: 0 };
const nothing = () => undefined;

describe('a lane', () => {
  let clock: ScriptedClock;
  let log: EventLog;
  let rows: LaneRows;
  let failures: unknown[];

  beforeEach(() => {
    clock = scriptedClock();
    log = inMemoryEventLog();
    rows = inMemoryLaneRows();
    failures = [];
  });

  const open = async (options: Partial<TillLaneOptions> = {}): Promise<Lane<TillCommand>> => {
    const lane = tillLane({ log, rows, clock, onFailure: (f) => failures.push(f), ...options });
    const started = lane.start();
    await clock.settle();
    await started;
    return lane;
  };

  const commits = () => Array.fromAsync(readFrom(log, id, 1));
  const unitsIn = (lane: Lane<TillCommand>, name: string) =>
    lane.read([`till/${name}`], (view) => view.get(till, name).units);
  const outcome = async (lane: Lane<TillCommand>, ...command: Parameters<typeof take>) =>
    (await lane.handle(take(...command), nothing)).outcome;

  describe('group commit', () => {
    it('puts what arrives during an append into one commit, and decides in order', async () => {
      const lane = await open();
      await lane.handle(put('A', 2), nothing);
      const answers = await Promise.all([1, 2, 3, 4].map(() => lane.handle(take('A', 1), nothing)));
      expect(answers.map(({ outcome: { ...kind } }) => Object.keys(kind)[0])).toEqual([
        ...['accepted', 'accepted', 'rejected', 'rejected'],
      ]);
      const versions = (await commits()).map(({ entries }) => entries.length);
      expect(versions.length).toBeLessThan(5);
      expect(versions.reduce((sum, each) => sum + each)).toBe(5);
      expect((await verifyChain(id, await commits())).breach).toBeUndefined();
    });

    it('answers after the append, never before', async () => {
      let release = () => {};
      const slow: EventLog = {
        ...log,
        async append(commit) {
          await new Promise<void>((resolve) => {
            release = resolve;
          });
          return log.append(commit);
        },
      };
      const lane = await open({ log: slow });
      let answered = 0;
      const count = () => {
        answered += 1;
      };
      void lane.handle(put('A', 1), nothing).then(count);
      void unitsIn(lane, 'A').then(count);
      await clock.settle();
      expect(answered).toBe(0);
      expect(lane.durableVersion()).toBe(0);
      release();
      await clock.settle();
      expect(answered).toBe(2);
    });

    it('bounds a commit by its commands', async () => {
      const lane = await open({ bounds: { commitCommandsMax: 3 } });
      await Promise.all(Array.from({ length: 20 }, () => lane.handle(put('A', 1), nothing)));
      for (const { entries } of await commits()) expect(entries.length).toBeLessThanOrEqual(3);
      expect(await unitsIn(lane, 'A')).toBe(20);
    });

    it('bounds a commit by its bytes', async () => {
      const lane = await open({ bounds: { commitBytesMax: 500 } });
      await Promise.all(Array.from({ length: 20 }, () => lane.handle(put('A', 1), nothing)));
      expect((await commits()).length).toBeGreaterThan(3);
    });

    it('decides over streams that turn out to be needed, in one commit', async () => {
      const lane = await open();
      await lane.handle(put('A', 3), nothing);
      await lane.handle(asked({ type: 'Move', from: 'A', to: 'B', units: 2 }), nothing);
      const [, moved] = await commits();
      expect(moved?.entries.map(({ stream, command }) => [stream, command?.type])).toEqual([
        ['till/A', 'Move'],
        ['till/B', undefined],
      ]);
      expect([await unitsIn(lane, 'A'), await unitsIn(lane, 'B')]).toEqual([1, 2]);
    });
  });

  describe('retries', () => {
    it('hear the first answer, also after the last unit has gone and after a restart', async () => {
      let lane = await open();
      await lane.handle(put('A', 1), nothing);
      const first = await lane.handle(take('A', 1, 'k1'), nothing);
      expect(first).toMatchObject({ outcome: { accepted: { left: 0 } }, replayed: false });
      for (let round = 0; round < 3; round += 1) {
        const again = await lane.handle(take('A', 1, 'k1'), nothing);
        expect(again).toMatchObject({ outcome: { accepted: { left: 0 } }, replayed: true });
        if (round === 0) await lane.stop();
        else await clock.advance(5_000);
        lane = await open();
      }
      expect(await unitsIn(lane, 'A')).toBe(0);
    });

    it('hear the first answer while it is on its way to the disk', async () => {
      const lane = await open();
      await lane.handle(put('A', 5), nothing);
      const answers = await Promise.all(
        [1, 2, 3].map(() => lane.handle(take('A', 1, 'k1'), nothing)),
      );
      expect(answers.map(({ replayed }) => replayed)).toEqual([false, true, true]);
      expect(await unitsIn(lane, 'A')).toBe(4);
    });

    it('are refused with other content under the same key', async () => {
      const lane = await open();
      await lane.handle(put('A', 5), nothing);
      await outcome(lane, 'A', 1, 'k1');
      expect(await outcome(lane, 'A', 2, 'k1')).toEqual({
        rejected: { type: 'IdempotencyKeyReused' },
      });
    });

    it('hear a refusal again, though it would be accepted now', async () => {
      const lane = await open();
      expect(await outcome(lane, 'A', 1, 'k1')).toMatchObject({ rejected: { type: 'TillEmpty' } });
      await lane.handle(put('A', 5), nothing);
      expect(await outcome(lane, 'A', 1, 'k1')).toMatchObject({ rejected: { type: 'TillEmpty' } });
    });

    it('spend no key on a refusal that is not kept', async () => {
      const lane = await open();
      expect((await lane.handle(put('A', 0, 'k1'), nothing)).outcome).toMatchObject({
        rejected: { type: 'NothingGiven' },
      });
      expect(await commits()).toEqual([]);
      expect((await lane.handle(put('A', 2, 'k1'), nothing)).outcome).toEqual({ accepted: 'put' });
    });

    it('are new requests after the answer has been forgotten', async () => {
      const lane = await open();
      await lane.handle(put('A', 5), nothing);
      await outcome(lane, 'A', 1, 'k1');
      clock.step(24 * 3_600_000 + 1);
      expect((await lane.handle(take('A', 1, 'k1'), nothing)).replayed).toBe(false);
    });
  });

  describe('too much', () => {
    it('is refused, urgent commands last, and spends no key', async () => {
      const stuck: EventLog = { ...log, append: () => new Promise(() => {}) };
      const bounds = { commitCommandsMax: 1, waitingMax: 10, waitingUrgent: 4 };
      const lane = await open({ log: stuck, bounds });
      await unitsIn(lane, 'A');
      const refused: unknown[] = [];
      const send = (command = take('A', 0)) =>
        lane.handle(command, nothing).catch((failure: unknown) => refused.push(failure));
      for (let count = 0; count < 30; count += 1) void send();
      await clock.settle();
      expect(lane.figures().waiting).toBe(6);
      expect(refused.every((failure) => failure instanceof Overloaded)).toBe(true);
      const before = refused.length;
      for (let count = 0; count < 10; count += 1) {
        void send(asked({ type: 'Move', from: 'A', to: 'B', units: 0 }));
      }
      await clock.settle();
      expect(lane.figures().waiting).toBe(10);
      expect(refused.length - before).toBe(6);
    });

    it('that nobody asked twice for does not pile up in memory: refusals are written like facts', async () => {
      const lane = await open({ bounds: { batchRows: 50, recentOutcomesMax: 10 } });
      for (let count = 0; count < 1_000; count += 1) await outcome(lane, 'A', 1, `k${count}`);
      await clock.settle();
      const ids = await rows.outcomeIds(id, '', 2_000);
      expect(ids.length).toBeGreaterThan(800);
    });
  });

  describe('the log', () => {
    it('is asked again with the same commit until it is certain what became of it', async () => {
      const unsure = faultyLog(log, failNext({ append: ['before', 'after', 'after'] }));
      const lane = await open({ log: unsure });
      const answers = [put('A', 1), put('A', 2)].map((command) => lane.handle(command, nothing));
      await clock.advance(1_000);
      await Promise.all(answers);
      expect(await commits()).toHaveLength(2 - Number((await commits()).length === 1));
      expect(await unitsIn(lane, 'A')).toBe(3);
      expect(lane.figures().conflicts).toBe(0);
    });

    it('loses nothing to a second owner: both decide again on what is true', async () => {
      const owners = [await open(), await open(), await open()];
      await owners[0]?.handle(put('A', 30), nothing);
      const answers = Array.from({ length: 45 }, (_, at) =>
        owners[at % 3]!.handle(take('A', 1, `k${at}`), nothing),
      );
      await clock.advance(1_000);
      const outcomes = (await Promise.all(answers)).map((answer) => answer.outcome);
      expect(outcomes.filter((each) => 'accepted' in each)).toHaveLength(30);
      expect(owners.some((owner) => owner.figures().conflicts > 0)).toBe(true);
      expect((await verifyChain(id, await commits())).breach).toBeUndefined();
      const fresh = await open();
      expect(await unitsIn(fresh, 'A')).toBe(0);
      expect(failures).toEqual([]);
    });

    it('that does not follow its own chain is not opened', async () => {
      await log.append(commitAfter({ version: 0, hash: 'other' }, id, {}));
      await log.append(commitAfter({ version: 1, hash: 'other' }, id, {}));
      const lane = tillLane({ log, rows, clock, onFailure: (failure) => failures.push(failure) });
      await expect(lane.start()).rejects.toThrow(/chain .* breaks at 1/);
    });
  });

  describe('time', () => {
    it('never falls, whatever the clock does', async () => {
      const lane = await open();
      await lane.handle(put('A', 1), nothing);
      clock.step(-3_600_000);
      await lane.handle(put('A', 1), nothing);
      await lane.stop();
      const next = await open();
      await next.handle(put('A', 1), nothing);
      const times = (await commits()).map(({ at }) => at);
      expect(times).toEqual(times.toSorted());
    });

    it('wakes a stream when it is due', async () => {
      const lane = await open();
      const alarmAt = clock.now() + 30_000;
      await lane.handle(asked({ type: 'SetAlarm', till: 'A', alarmAt }), nothing);
      await clock.advance(29_999);
      expect(await lane.read(['till/A'], (view) => view.get(till, 'A').rang)).toEqual([]);
      await clock.advance(1);
      expect(await lane.read(['till/A'], (view) => view.get(till, 'A').rang)).toEqual([alarmAt]);
    });

    it.each([30_000, 3_600_000])('wakes it after a restart too, %i ms later', async (delayMs) => {
      const first = await open();
      const alarmAt = clock.now() + delayMs;
      await first.handle(asked({ type: 'SetAlarm', till: 'A', alarmAt }), nothing);
      await first.stop();
      const lane = await open({ bounds: { streamsMax: 1 } });
      await clock.advance(delayMs + 1);
      expect(await lane.read(['till/A'], (view) => view.get(till, 'A').rang)).toEqual([alarmAt]);
    });
  });

  describe('a stop', () => {
    it('finishes what was decided, refuses the rest, and leaves nothing running', async () => {
      const lane = await open();
      await unitsIn(lane, 'A');
      const decided = lane.handle(put('A', 1), nothing);
      const stopped = lane.stop();
      await expect(lane.handle(put('A', 1), nothing)).rejects.toThrow(LaneStopped);
      await decided;
      await stopped;
      await clock.settle();
      expect(clock.waiting()).toBe(0);
      expect(await rows.checkpoint(id)).toBe(1);
    });

    it('ends although a second owner has meanwhile done all that was to be done', async () => {
      const winner = await open();
      const alarmAt = clock.now() + 100;
      await winner.handle(asked({ type: 'SetAlarm', till: 'A', alarmAt }), nothing);
      const gate: { open?: () => void } = {};
      const gated: EventLog = {
        ...log,
        async append(commit) {
          await new Promise<void>((resolve) => {
            gate.open = resolve;
          });
          return log.append(commit);
        },
      };
      const loser = await open({ log: gated });
      await clock.advance(100);
      expect(gate.open).toBeDefined();
      let stopped = false;
      void loser.stop().then(() => {
        stopped = true;
      });
      gate.open?.();
      await clock.advance(5_000);
      expect(loser.figures().conflicts).toBe(1);
      expect(stopped).toBe(true);
    });

    it.each(Array.from({ length: 12 }, (_, turns) => turns))(
      'in the middle of a start leaves nothing running, %i turns after it',
      async (turns) => {
        const lane = tillLane({ log, rows, clock, onFailure: (failure) => failures.push(failure) });
        const started = lane.start();
        for (let turn = 0; turn < turns; turn += 1) await Promise.resolve();
        await lane.stop();
        await started;
        await clock.advance(60_000);
        expect(clock.waiting()).toBe(0);
      },
    );
  });
});
