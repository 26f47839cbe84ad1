import { beforeEach, describe, expect, it } from 'vitest';
import { failNext, faultyLog } from '#test/faults.ts';
import { asked, put, type TillCommand, take, till, tillLane } from '#test/till.ts';
import type { LaneId } from '../commit.ts';
import { type Lane, type LaneLease, LaneStopped, Overloaded } from '../lane/lane.ts';
import { inMemoryEventLog } from '../log/event-log.in-memory.ts';
import { type EventLog, readFrom } from '../log/event-log.ts';
import { inMemoryLaneRows } from '../rows/lane-rows.in-memory.ts';
import type { LaneRows } from '../rows/lane-rows.ts';
import { type ScriptedClock, scriptedClock } from '../scripted-clock.ts';
import { verifyChain } from '../stored/verify-chain.ts';

const id: LaneId = { context: 'inventory', lane: 0 };
const nothing = () => undefined;
const units = (name: string) => (view: Parameters<Parameters<Lane<TillCommand>['read']>[1]>[0]) =>
  view.get(till, name).units;

/** A lease that ends when the test says so. */
const leaseUntilEnded = () => {
  const state = { held: true };
  const end = () => {
    state.held = false;
  };
  return { lease: { holds: () => state.held }, end };
};

describe('a lane that others may own too', () => {
  let clock: ScriptedClock;
  let log: EventLog;
  let rows: LaneRows;
  let failures: unknown[];
  let looks: number;

  beforeEach(() => {
    clock = scriptedClock();
    log = inMemoryEventLog();
    rows = inMemoryLaneRows();
    failures = [];
    looks = 0;
  });

  const open = async (lease?: () => LaneLease | undefined, using = log) => {
    const counted: EventLog = {
      ...using,
      read(lane, from, limit) {
        looks += 1;
        return using.read(lane, from, limit);
      },
    };
    const onFailure = (failure: unknown) => failures.push(failure);
    const lane = tillLane({
      ...{ log: counted, rows, clock, onFailure },
      ...(lease ? { lease } : {}),
    });
    const started = lane.start();
    await clock.settle();
    return { lane, started };
  };
  const holding = async () => {
    const { lease, end } = leaseUntilEnded();
    return { ...(await open(() => lease)), end };
  };
  const unleased = async () => (await open(() => undefined)).lane;

  const entriesByCommit = async () =>
    (await Array.fromAsync(readFrom(log, id, 1))).map(({ entries }) => entries.length);

  /** A log whose appends wait until they are let go. */
  const gated = () => {
    const waiting: (() => void)[] = [];
    const gatedLog: EventLog = {
      ...log,
      async append(commit) {
        await new Promise<void>((resolve) => waiting.push(resolve));
        return log.append(commit);
      },
    };
    return { log: gatedLog, waiting, release: () => waiting.shift()?.() };
  };

  describe('takes over', () => {
    it('by an append, before it opens; who is alone appends nothing', async () => {
      const { started } = await holding();
      await started;
      expect(await entriesByCommit()).toEqual([0]);
      await open();
      expect(await entriesByCommit()).toEqual([0]);
      expect((await verifyChain(id, await Array.fromAsync(readFrom(log, id, 1)))).breach).toBe(
        undefined,
      );
    });

    it('and opens only when that is durable', async () => {
      const gate = gated();
      const { lease } = leaseUntilEnded();
      const { lane, started } = await open(() => lease, gate.log);
      const told: string[] = [];
      void started.then(() => told.push('open'));
      void lane.read(['till/A'], units('A')).then((shown) => told.push(`${shown} units`));
      await clock.settle();
      expect(told).toEqual([]);
      gate.release();
      await clock.settle();
      expect(told.sort()).toEqual(['0 units', 'open']);
    });

    it('so that what the owner before has in flight fails, and its caller can ask', async () => {
      const gate = gated();
      const { lease, end } = leaseUntilEnded();
      const old = await open(() => lease, gate.log);
      gate.release();
      await old.started;
      const command = put('A', 5, 'k1');
      const late = old.lane.handle(command, nothing);
      await clock.settle();
      end();
      const { lane, started } = await holding();
      await started;
      gate.release();
      await expect(late).rejects.toThrow(LaneStopped);
      await expect(old.lane.read(['till/A'], units('A'))).rejects.toThrow(LaneStopped);
      expect(await lane.read(['till/A'], units('A'))).toBe(0);
      expect(await lane.handle(command, nothing)).toMatchObject({ replayed: false });
      expect(failures).toEqual([]);
    });

    it('again and again, until the owner before lets it, and misses nothing', async () => {
      const gate = gated();
      const old = await holding();
      await old.started;
      const { lease } = leaseUntilEnded();
      const { lane, started } = await open(() => lease, gate.log);
      for (const count of [1, 2, 3]) {
        await old.lane.handle(put('A', 1, `k${count}`), nothing);
        gate.release();
        await clock.settle();
      }
      gate.release();
      await started;
      await clock.settle();
      for (let left = gate.waiting.length; left > 0; left -= 1) gate.release();
      await clock.settle();
      expect(await lane.read(['till/A'], units('A'))).toBe(3);
      expect(lane.figures().conflicts).toBe(3);
    });
  });

  describe('under a lease', () => {
    it('answers readers from memory without a look at the log', async () => {
      const { lane } = await holding();
      await lane.handle(put('A', 5, 'k1'), nothing);
      looks = 0;
      expect(await lane.read(['till/A'], units('A'))).toBe(5);
      expect(looks).toBe(0);
    });

    it('looks at the log before it tells a command what no append proves', async () => {
      const { lane } = await holding();
      await lane.handle(put('A', 5, 'k1'), nothing);
      looks = 0;
      expect(await lane.handle(put('A', 5, 'k1'), nothing)).toMatchObject({ replayed: true });
      await lane.handle(put('A', 0), nothing);
      expect([looks, await entriesByCommit()]).toEqual([2, [0, 1]]);
    });

    it('answers no command as of before what another one has appended', async () => {
      const { lane } = await holding();
      await lane.handle(put('A', 5), nothing);
      const rogue = await unleased();
      const { version } = await rogue.handle(put('A', 2), nothing);
      const refused = await lane.handle(put('A', 0), nothing);
      expect(refused.version).toBeGreaterThanOrEqual(version);
    });

    it('recovers from another append, and appends once more', async () => {
      const { lane } = await holding();
      const rogue = await unleased();
      await rogue.handle(put('A', 2), nothing);
      expect((await lane.handle(take('A', 1), nothing)).outcome).toEqual({ accepted: { left: 1 } });
      expect(lane.figures().conflicts).toBe(1);
    });

    it('that follows one that was lost proves memory by an append', async () => {
      const leases = [leaseUntilEnded(), leaseUntilEnded()];
      let current = 0;
      const { lane } = await open(() => leases[current]?.lease);
      leases[0]?.end();
      current = 1;
      looks = 0;
      expect(await lane.read(['till/A'], units('A'))).toBe(0);
      expect(await lane.read(['till/A'], units('A'))).toBe(0);
      expect(looks).toBe(0);
      expect(await entriesByCommit()).toEqual([0, 0]);
    });
  });

  describe('without a lease', () => {
    it('shows what another one has made durable before it was asked', async () => {
      const [first, second] = [await unleased(), await unleased()];
      for (const count of [1, 2, 3]) {
        await first.handle(put('A', 1), nothing);
        expect(await second.read(['till/A'], units('A'))).toBe(count);
      }
      expect(failures).toEqual([]);
    });

    it('looks once for all who wait', async () => {
      const lane = await unleased();
      looks = 0;
      await Promise.all(Array.from({ length: 100 }, () => lane.read(['till/A'], units('A'))));
      expect(looks).toBe(2);
    });

    it('refuses, and gives an answer again, only as of now', async () => {
      const [first, second] = [await unleased(), await unleased()];
      await first.handle(put('A', 1, 'k1'), units('A'));
      await second.read(['till/A'], units('A'));
      await first.handle(put('A', 1, 'k2'), units('A'));
      const again = await second.handle(put('A', 1, 'k1'), units('A'));
      expect(again).toMatchObject({ replayed: true, shown: 2, version: 2 });
      await first.handle(put('A', 1, 'k3'), units('A'));
      expect(await second.handle(put('A', 0), units('A'))).toMatchObject({
        outcome: { rejected: { type: 'NothingGiven' } },
        ...{ shown: 3, version: 3 },
      });
      await first.handle(put('A', 1, 'k4'), units('A'));
      const passed = asked({ type: 'TimePassed', till: 'A' });
      expect(await second.handle(passed, units('A'))).toMatchObject({ shown: 4, version: 4 });
    });

    it('does not trust an append that was sent before the question', async () => {
      const hear: (() => void)[] = [];
      const late: EventLog = {
        ...log,
        async append(commit) {
          const result = await log.append(commit);
          await new Promise<void>((resolve) => hear.push(resolve));
          return result;
        },
      };
      const { lane } = await open(() => undefined, late);
      const first = lane.handle(put('A', 1), nothing);
      await clock.settle();
      await (await unleased()).handle(put('A', 1), nothing);
      const seen = lane.read(['till/A'], units('A'));
      await clock.settle();
      hear.shift()?.();
      expect(await seen).toBe(2);
      await first;
    });

    it('says of no outcome that it was kept, which another owner has undone', async () => {
      const gate = gated();
      const { lane } = await open(() => undefined, gate.log);
      const command = put('A', 1, 'k1');
      const late = lane.handle(command, nothing);
      await clock.settle();
      await (await unleased()).handle(put('B', 1), nothing);
      const kept = lane.outcomeOf(command.record);
      gate.release();
      expect(await kept).toBeUndefined();
      await clock.settle();
      gate.release();
      expect((await late).outcome).toEqual({ accepted: 'put' });
      expect(await lane.outcomeOf(command.record)).toEqual({ accepted: 'put' });
    });

    it('asks a log that fails again', async () => {
      const faulty = faultyLog(log, failNext({ read: [undefined, 'before', 'after'] }));
      const { lane } = await open(() => undefined, faulty);
      const seen = lane.read(['till/A'], units('A'));
      await clock.advance(100);
      expect(await seen).toBe(0);
    });

    it('bounds those who wait for a look, and tells them of a stop', async () => {
      const stuck: EventLog = { ...log, read: () => new Promise(() => {}) };
      const { lane } = await open(() => undefined, stuck);
      const refused: unknown[] = [];
      for (let count = 0; count < 4_000; count += 1) {
        lane.read(['till/A'], units('A')).catch((failure: unknown) => refused.push(failure));
        if (count === 0) await clock.settle();
      }
      await clock.settle();
      expect(refused).toHaveLength(1_000);
      expect(refused.every((failure) => failure instanceof Overloaded)).toBe(true);
    });
  });

  describe('that has lost its lease', () => {
    it('goes on while nobody else comes, and looks before it answers', async () => {
      const { lane, end } = await holding();
      await lane.handle(put('A', 1), nothing);
      end();
      looks = 0;
      expect(await lane.read(['till/A'], units('A'))).toBe(1);
      expect(looks).toBe(1);
      await lane.handle(put('A', 1), nothing);
      expect(await lane.read(['till/A'], units('A'))).toBe(2);
    });

    it('sends whoever asks elsewhere once somebody else has taken over', async () => {
      const old = await holding();
      old.end();
      const next = await holding();
      await next.started;
      await expect(old.lane.read(['till/A'], units('A'))).rejects.toThrow(LaneStopped);
      await expect(old.lane.handle(put('A', 1), nothing)).rejects.toThrow(LaneStopped);
      await old.lane.stop();
      expect(await entriesByCommit()).toEqual([0, 0]);
      expect(failures).toEqual([]);
    });

    it('ends its stop with an answer to all, although the next owner has come', async () => {
      const gate = gated();
      const { lease, end } = leaseUntilEnded();
      const old = await open(() => lease, gate.log);
      gate.release();
      await old.started;
      const told: unknown[] = [];
      for (const count of [1, 2]) {
        const tell = (answer: unknown) => told.push(answer);
        old.lane.handle(put('A', count, `k${count}`), nothing).then(tell, tell);
        await clock.settle();
      }
      end();
      await (await holding()).started;
      const stopped = old.lane.stop();
      gate.release();
      await stopped;
      await clock.settle();
      expect(told).toHaveLength(2);
      expect(told.every((answer) => answer instanceof LaneStopped)).toBe(true);
      expect(await entriesByCommit()).toEqual([0, 0]);
    });
  });
});
