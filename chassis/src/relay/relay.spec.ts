import { beforeEach, describe, expect, it } from 'vitest';
import { appendNext, happened } from '#test/commits.ts';
import { failNext, faultyBus, faultyLog } from '#test/faults.ts';
import { inProcessBus } from '../bus/bus.in-process.ts';
import { type Bus, logSubject, messageId } from '../bus/bus.ts';
import type { LaneId } from '../commit.ts';
import { inMemoryEventLog } from '../log/event-log.in-memory.ts';
import type { EventLog } from '../log/event-log.ts';
import { inMemoryReadModel } from '../read-model/read-model.in-memory.ts';
import { type ScriptedClock, scriptedClock } from '../scripted-clock.ts';
import { createRelay, type RelayOptions } from './relay.ts';

const lane: LaneId = { context: 'inventory', lane: 0 };

describe('the relay', () => {
  let clock: ScriptedClock;
  let log: EventLog;
  let bus: Bus;
  let seen: number[];

  beforeEach(() => {
    clock = scriptedClock();
    log = inMemoryEventLog();
    bus = inProcessBus({ clock });
    seen = [];
    bus.consume({
      ...{ consumer: 'test', subjects: [logSubject(lane)], pendingMax: 1_000 },
      deliver(delivery) {
        seen.push(delivery.commit.version);
        delivery.ack();
      },
    });
  });

  const append = () => appendNext(log, lane, { 'sku/A': [happened(1)] });
  const open = (options: Partial<RelayOptions> = {}) =>
    createRelay({ lanes: [lane], log, bus, clock, ...options });

  it('carries each commit to the bus in order, without waiting for a poll', async () => {
    const relay = open();
    await relay.start();
    for (let count = 0; count < 200; count += 1) await append();
    await clock.settle();
    await clock.settle();
    expect(seen).toEqual(Array.from({ length: 200 }, (_, at) => at + 1));
    expect(relay.publishedVersion(lane)).toBe(200);
    await relay.stop();
  });

  it('begins at the head when nobody knows how far an earlier one came', async () => {
    await append();
    const relay = open();
    await relay.start();
    await append();
    await clock.settle();
    expect(seen).toEqual([2]);
    expect(relay.publishedVersion(lane)).toBe(2);
  });

  it('goes on after what the bus has', async () => {
    for (let count = 0; count < 3; count += 1) await append();
    const [first] = await log.read(lane, 1, 1);
    if (first)
      await bus.publish({ subject: logSubject(lane), id: messageId(lane, 1), commit: first });
    await open().start();
    await clock.settle();
    expect(seen).toEqual([1, 2, 3]);
  });

  it('goes on after its mark when the bus has forgotten', async () => {
    const mark = inMemoryReadModel();
    for (let count = 0; count < 2; count += 1) await append();
    const first = open({ mark });
    await first.start();
    await clock.advance(2_000);
    await first.stop();
    await append();
    bus = inProcessBus({ clock });
    const afterwards: number[] = [];
    bus.consume({
      ...{ consumer: 'later', subjects: [logSubject(lane)], pendingMax: 10 },
      deliver: ({ commit }) => afterwards.push(commit.version),
    });
    await open({ mark, bus }).start();
    await clock.settle();
    expect(afterwards).toEqual([3]);
  });

  it('reads what it is told of, and not beyond', async () => {
    const reads: [number, number][] = [];
    const watched: EventLog = {
      ...log,
      read(at, from, limit) {
        reads.push([from, limit]);
        return log.read(at, from, limit);
      },
    };
    await open({ log: watched, mark: inMemoryReadModel() }).start();
    await clock.settle();
    reads.length = 0;
    for (let count = 0; count < 3; count += 1) {
      await append();
      await clock.settle();
    }
    expect(reads).toEqual([1, 2, 3].map((version) => [version, 1]));
    expect(seen).toEqual([1, 2, 3]);
  });

  it('looks at the log although the hint was lost', async () => {
    const deaf = faultyLog(log, (call) => (call === 'hint' ? 'before' : undefined));
    await open({ log: deaf }).start();
    await append();
    await clock.settle();
    expect(seen).toEqual([]);
    await clock.advance(2_000);
    expect(seen).toEqual([1]);
  });

  it('sends again from the first commit that the bus did not acknowledge', async () => {
    const sent: number[] = [];
    const unsure = faultyBus(bus, failNext({ publish: [undefined, 'before', undefined, 'after'] }));
    const watched: Bus = {
      ...unsure,
      publish(message) {
        sent.push(message.commit.version);
        return unsure.publish(message);
      },
    };
    for (let count = 0; count < 3; count += 1) await append();
    const relay = open({ bus: watched, mark: inMemoryReadModel() });
    await relay.start();
    await clock.settle();
    expect(relay.publishedVersion(lane)).toBe(1);
    await clock.advance(500);
    expect(relay.publishedVersion(lane)).toBe(3);
    expect(sent).toEqual([1, 2, 3, 2, 3, 2, 3]);
    // The bus recognizes what it has.
    expect([...seen].sort()).toEqual([1, 2, 3]);
  });

  it('waits out a log that cannot be read', async () => {
    const failing = faultyLog(log, failNext({ read: ['before', 'before'] }));
    const relay = open({ log: failing });
    await relay.start();
    await append();
    await clock.advance(500);
    expect(seen).toEqual([1]);
    await relay.stop();
    expect(clock.waiting()).toBe(0);
  });

  describe('over a bus that may be lost', () => {
    let life: string;
    /** A bus that outlives the process, as a broker does. */
    const broker = () => ({ ...bus, life: async () => life });
    const lose = () => {
      life += 'again';
      bus = inProcessBus({ clock });
      seen = [];
      bus.consume({
        ...{ consumer: 'test', subjects: [logSubject(lane)], pendingMax: 1_000 },
        deliver({ commit, ack }) {
          seen.push(commit.version);
          ack();
        },
      });
    };
    const over: Bus = {
      publish: (message) => broker().publish(message),
      consume: (options) => broker().consume(options),
      lastId: (subject) => broker().lastId(subject),
      life: () => broker().life(),
    };
    beforeEach(() => {
      life = 'first';
    });

    it('starts although the bus is away, and begins where it has to once it is there', async () => {
      for (let count = 0; count < 3; count += 1) await append();
      const [first] = await log.read(lane, 1, 1);
      if (first)
        await bus.publish({ subject: logSubject(lane), id: messageId(lane, 1), commit: first });
      let isAway = true;
      const whileThere = async <Answer>(ask: () => Promise<Answer>) => {
        if (isAway) throw new Error('away');
        return ask();
      };
      const away: Bus = {
        ...over,
        publish: (message) => whileThere(() => over.publish(message)),
        lastId: (subject) => whileThere(() => over.lastId(subject)),
        life: () => whileThere(() => over.life()),
      };
      const relay = open({ bus: away, mark: inMemoryReadModel() });
      await relay.start();
      await clock.advance(2_000);
      expect(seen).toEqual([1]);
      isAway = false;
      await clock.advance(2_000);
      expect(seen).toEqual([1, 2, 3]);
      await relay.stop();
      expect(clock.waiting()).toBe(0);
    });

    it('does not start where its store fails', async () => {
      const failing = { ...inMemoryReadModel(), position: () => Promise.reject(new Error('disk')) };
      await expect(open({ bus: over, mark: failing }).start()).rejects.toThrow('disk');
    });

    it('publishes again what a lost one had, while it runs', async () => {
      const relay = open({ bus: over, mark: inMemoryReadModel() });
      await relay.start();
      for (let count = 0; count < 3; count += 1) await append();
      await clock.settle();
      expect(seen).toEqual([1, 2, 3]);
      lose();
      await clock.advance(1_000);
      expect(seen).toEqual([1, 2, 3]);
      await append();
      await clock.settle();
      expect(seen).toEqual([1, 2, 3, 4]);
      expect(relay.publishedVersion(lane)).toBe(4);
    });

    it('believes no mark that was made for another one', async () => {
      const mark = inMemoryReadModel();
      const first = open({ bus: over, mark });
      await first.start();
      await append();
      await append();
      await clock.advance(2_000);
      await first.stop();
      lose();
      await open({ bus: over, mark }).start();
      await clock.settle();
      expect(seen).toEqual([1, 2]);
    });

    it('goes on after the mark when its messages are gone', async () => {
      const mark = inMemoryReadModel();
      const first = open({ bus: over, mark });
      await first.start();
      await append();
      await clock.advance(2_000);
      await first.stop();
      lose();
      life = 'first';
      await append();
      await open({ bus: over, mark }).start();
      await clock.settle();
      expect(seen).toEqual([2]);
    });

    it('does not wait for versions that a restored log no longer has', async () => {
      for (let count = 0; count < 5; count += 1) await append();
      await open({ bus: over }).start();
      await clock.settle();
      log = inMemoryEventLog();
      for (let count = 0; count < 3; count += 1) await append();
      const relay = open({ bus: over });
      await relay.start();
      expect(relay.publishedVersion(lane)).toBe(3);
    });
  });

  it('has no more under way than a window, by commits and by size', async () => {
    const underWay: (() => void)[] = [];
    const slow: Bus = {
      ...bus,
      publish: () => new Promise((resolve) => underWay.push(resolve)),
    };
    const relay = open({ bus: slow, mark: inMemoryReadModel() });
    await relay.start();
    for (let count = 0; count < 100; count += 1) await append();
    await clock.advance(1_000);
    expect(underWay.length).toBeLessThanOrEqual(64);
    const release = async () => {
      for (const answer of underWay.splice(0)) answer();
      await clock.settle();
    };
    while (relay.publishedVersion(lane) < 100) await release();
    const mebibyte = 'x'.repeat(1024 * 1024);
    for (let count = 0; count < 9; count += 1) await appendNext(log, lane, { [mebibyte]: [] });
    await clock.advance(1_000);
    while (underWay.length === 1) await release();
    expect(underWay.length).toBeLessThanOrEqual(4);
    while (relay.publishedVersion(lane) < 109) await release();
  });
});
