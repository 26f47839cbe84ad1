import { beforeEach, describe, expect, it } from 'vitest';
import { appendNext, commitAfter, happened } from '#test/commits.ts';
import { failNext, faultyLog } from '#test/faults.ts';
import { inProcessBus } from '../bus/bus.in-process.ts';
import { type Bus, logSubject, messageId } from '../bus/bus.ts';
import type { Commit, LaneId, Recorded } from '../commit.ts';
import { inMemoryEventLog } from '../log/event-log.in-memory.ts';
import type { EventLog } from '../log/event-log.ts';
import { inMemoryReadModel } from '../read-model/read-model.in-memory.ts';
import type { ReadModel } from '../read-model/read-model.ts';
import { createRelay } from '../relay/relay.ts';
import { type ScriptedClock, scriptedClock } from '../scripted-clock.ts';
import { createFollower, type Follower, type FollowerOptions } from './follower.ts';

const lane: LaneId = { context: 'inventory', lane: 0 };

describe('a follower', () => {
  let clock: ScriptedClock;
  let log: EventLog;
  let bus: Bus;
  let readModel: ReadModel;
  let handled: string[];

  beforeEach(async () => {
    clock = scriptedClock();
    log = inMemoryEventLog();
    bus = inProcessBus({ clock });
    readModel = inMemoryReadModel();
    handled = [];
    await createRelay({ lanes: [lane], log, bus, clock }).start();
  });

  const append = (events: Readonly<Record<string, readonly number[]>>) =>
    appendNext(
      log,
      lane,
      Object.fromEntries(
        Object.entries(events).map(([name, units]) => [name, units.map(happened)]),
      ),
    );

  const told = (events: readonly Recorded[]) =>
    `${events[0]?.stream} ${events.map(({ id }) => id.split(':').slice(2).join('.')).join(' ')}`;

  const open = async (options: Partial<FollowerOptions> = {}): Promise<Follower> => {
    const follower = createFollower({
      ...{ name: 'policy', lanes: [lane], log, bus, readModel, clock },
      async handle(events) {
        handled.push(told(events));
      },
      ...options,
    });
    await follower.start();
    await clock.settle();
    return follower;
  };

  const publish = (commit: Commit) =>
    bus.publish({ subject: logSubject(lane), id: `${messageId(lane, commit.version)}x`, commit });

  describe('in order', () => {
    it('catches up from the log, then follows, each stream of a commit by itself', async () => {
      await append({ 'sku/A': [1, 2], 'sku/B': [1] });
      const follower = await open();
      await append({ 'sku/A': [3] });
      await follower.reached(lane, 2);
      expect(handled).toEqual(['sku/A 1.0 1.1', 'sku/B 1.2', 'sku/A 2.0']);
    });

    it('goes on at its position after a restart', async () => {
      const first = await open();
      await append({ 'sku/A': [1] });
      await first.reached(lane, 1);
      await first.stop();
      await append({ 'sku/A': [2] });
      const second = await open();
      await second.reached(lane, 2);
      expect(handled).toEqual(['sku/A 1.0', 'sku/A 2.0']);
    });

    it('drops what comes again', async () => {
      const follower = await open();
      const commit = await append({ 'sku/A': [1] });
      await publish(commit);
      await clock.settle();
      expect(handled).toEqual(['sku/A 1.0']);
      expect(follower.applied(lane)).toBe(1);
    });

    it('reads from the log what the bus has lost', async () => {
      bus = inProcessBus({ clock });
      const follower = await open();
      await append({ 'sku/A': [1] });
      await append({ 'sku/A': [2] });
      await publish(await append({ 'sku/A': [3] }));
      await clock.settle();
      expect(handled).toEqual(['sku/A 1.0', 'sku/A 2.0', 'sku/A 3.0']);
      expect(follower.figures().behind).toBe(0);
    });

    it('finds the last commit although the bus has lost it', async () => {
      bus = inProcessBus({ clock });
      const follower = await open();
      await append({ 'sku/A': [1] });
      await clock.advance(4_000);
      expect(follower.applied(lane)).toBe(0);
      await clock.advance(1_000);
      expect(follower.applied(lane)).toBe(1);
    });

    it('believes the log when the bus says otherwise', async () => {
      bus = inProcessBus({ clock });
      let looks = 0;
      const counted: EventLog = {
        ...log,
        read(...page) {
          looks += 1;
          return log.read(...page);
        },
      };
      const follower = await open({ log: counted });
      const first = await append({ 'sku/A': [1] });
      const stranger = commitAfter({ version: 0, hash: 'other' }, lane, { 'sku/B': [happened(9)] });
      await publish(stranger);
      await clock.settle();
      expect(handled).toEqual(['sku/A 1.0']);
      // A life of the store that the log does not know; it is not asked about for ever.
      await publish(commitAfter({ version: 7, hash: 'gone' }, lane, {}));
      await clock.advance(20_000);
      expect(follower.applied(lane)).toBe(first.version);
      expect(looks).toBeLessThan(20);
      await append({ 'sku/A': [2] });
      await clock.advance(5_000);
      expect(follower.applied(lane)).toBe(2);
      expect(follower.notReady()).toEqual([]);
    });

    it('stops following a lane whose chain breaks, and says so', async () => {
      await append({ 'sku/A': [1] });
      await log.append(
        commitAfter({ version: 1, hash: 'other' }, lane, { 'sku/A': [happened(2)] }),
      );
      const follower = await open();
      expect(follower.applied(lane)).toBe(1);
      expect(follower.notReady()[0]).toMatch(/chain breaks at version 2/);
      await follower.stop();
    });

    it('waits out a log that cannot be read', async () => {
      await append({ 'sku/A': [1] });
      const failing = faultyLog(log, failNext({ read: ['before', 'after'] }));
      const follower = await open({ log: failing });
      await clock.advance(1_000);
      expect(follower.applied(lane)).toBe(1);
    });
  });

  describe('at the same time', () => {
    it('applies streams side by side, one stream in order, and moves in the order of commits', async () => {
      const waiting = new Map<string, () => void>();
      const follower = await open({
        handle: (events) =>
          new Promise((resolve) => {
            waiting.set(told(events), resolve);
          }),
      });
      await append({ 'sku/A': [1] });
      await append({ 'sku/B': [1] });
      await append({ 'sku/A': [2] });
      await clock.settle();
      expect([...waiting.keys()]).toEqual(['sku/A 1.0', 'sku/B 2.0']);
      waiting.get('sku/B 2.0')?.();
      await clock.settle();
      expect(follower.applied(lane)).toBe(0);
      waiting.get('sku/A 1.0')?.();
      await clock.settle();
      expect(follower.applied(lane)).toBe(2);
      expect([...waiting.keys()]).toContain('sku/A 3.0');
    });

    it('holds a bounded number of commits under way', async () => {
      let underWay = 0;
      const follower = await open({
        handle: () => {
          underWay += 1;
          return new Promise(() => {});
        },
      });
      for (let count = 0; count < 700; count += 1) await append({ [`sku/${count}`]: [1] });
      await clock.settle();
      await clock.settle();
      expect(underWay).toBe(256);
      expect(follower.figures().behind).toBeGreaterThanOrEqual(256);
    });
  });
});
