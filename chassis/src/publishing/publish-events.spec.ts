import { hash } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { appendNext, happened } from '#test/commits.ts';
import { inProcessBus } from '../bus/bus.in-process.ts';
import type { LaneId, Recorded } from '../commit.ts';
import { inMemoryEventLog } from '../log/event-log.in-memory.ts';
import type { EventLog } from '../log/event-log.ts';
import { inMemoryReadModel } from '../read-model/read-model.in-memory.ts';
import type { ReadModel } from '../read-model/read-model.ts';
import { createRelay } from '../relay/relay.ts';
import { type ScriptedClock, scriptedClock } from '../scripted-clock.ts';
import type { Announcement, Announcer } from './announcer.ts';
import type { CloudEvent } from './cloud-event.ts';
import { type EventPublisher, publishEvents } from './publish-events.ts';

const lane: LaneId = { context: 'orders', lane: 3 };

const publish = ({ event, id, stream, at }: Recorded): CloudEvent | undefined => {
  if (stream.startsWith('secret/')) return undefined;
  return {
    ...{ specversion: '1.0', id, source: '/test', type: 'thing.happened', subject: stream },
    ...{ time: new Date(at).toISOString(), datacontenttype: 'application/json', data: event },
  };
};

describe('what partners are told', () => {
  let clock: ScriptedClock;
  let log: EventLog;
  let readModel: ReadModel;
  let told: Announcement[];
  let fails: (one: Announcement) => boolean;
  let longest: number;
  let publisher: EventPublisher;

  const announcer: Announcer = {
    async announce(on, all) {
      longest = Math.max(longest, all.length);
      for (const one of all) {
        if (on !== 'EVT' || fails(one)) throw new Error(`the stream ${on} is away`);
        told.push(one);
      }
    },
  };
  const open = async () => {
    const bus = inProcessBus({ clock });
    await createRelay({ lanes: [lane], log, bus, clock }).start();
    publisher = publishEvents({
      ...{ name: 'partners', lanes: [lane], log, bus, readModel, clock, announcer, publish },
    });
    await publisher.start();
    await clock.settle();
  };
  const append = (count: number, stream = 'order/1') =>
    appendNext(log, lane, {
      [stream]: Array.from({ length: count }, (_, at) => happened(at)),
    });
  const ids = () => told.map(({ id }) => id);

  beforeEach(async () => {
    clock = scriptedClock();
    log = inMemoryEventLog();
    readModel = inMemoryReadModel();
    told = [];
    fails = () => false;
    longest = 0;
    await open();
  });

  it('is each public event, in order, as a CloudEvent with a hash of what it says', async () => {
    await append(2);
    await append(1, 'secret/1');
    await append(1);
    await clock.advance(100);
    expect(ids()).toEqual(['orders:3:1:0', 'orders:3:1:1', 'orders:3:3:0']);
    const [first] = told;
    expect(first).toMatchObject({ subject: 'evt.orders.03.thing.happened' });
    const said = JSON.parse(first?.body ?? '');
    expect(said).toMatchObject({ specversion: '1.0', id: 'orders:3:1:0', subject: 'order/1' });
    expect(said.data).toEqual({ type: 'Happened', units: 0 });
    expect(said.datahash).toBe(hash('sha256', JSON.stringify(said.data), 'base64url'));
    expect(publisher.announced(lane)).toBe(3);
  });

  it('waits for a stream that is away, says why, and leaves nothing out', async () => {
    let away = true;
    fails = () => away;
    await append(2);
    await append(1);
    await clock.advance(20_000);
    expect(ids()).toEqual([]);
    expect(publisher.notReady()).toEqual(['partners waits: Error: the stream EVT is away']);
    expect(publisher.announced(lane)).toBe(0);
    away = false;
    await clock.advance(5_000);
    expect(ids()).toEqual(['orders:3:1:0', 'orders:3:1:1', 'orders:3:2:0']);
    expect(publisher.notReady()).toEqual([]);
  });

  it('says all again of which one failed', async () => {
    let failures = 1;
    fails = ({ id }) => {
      if (id !== 'orders:3:1:1' || failures === 0) return false;
      failures -= 1;
      return true;
    };
    await append(3);
    await clock.advance(1_000);
    const [one, two, three] = [0, 1, 2].map((index) => `orders:3:1:${index}`);
    expect(ids()).toEqual([one, one, two, three]);
  });

  it('is what several commits say, at once', async () => {
    for (let count = 0; count < 5; count += 1) await append(2);
    await clock.advance(100);
    expect(ids()).toHaveLength(10);
    expect(longest).toBe(10);
  });

  it('goes on after a restart where it stood, and repeats what was not settled', async () => {
    await append(1);
    await clock.advance(1_000);
    fails = ({ id }) => id === 'orders:3:2:1';
    await append(2);
    await clock.advance(1_000);
    await publisher.stop();
    const before = ids();
    expect([...new Set(before)]).toEqual(['orders:3:1:0', 'orders:3:2:0']);
    fails = () => false;
    await open();
    await clock.advance(100);
    expect(ids().slice(before.length)).toEqual(['orders:3:2:0', 'orders:3:2:1']);
  });

  it('is not more at once than a window', async () => {
    await append(600);
    await clock.advance(100);
    expect(told).toHaveLength(600);
    expect(longest).toBeLessThanOrEqual(256);
  });

  it('is remembered by the commit, however many are told at once', async () => {
    for (let count = 0; count < 500; count += 1) await append(1);
    await clock.advance(2_000);
    expect(await readModel.position('partners', lane)).toMatchObject({ version: 500 });
  });

  it('is held back, not gathered without end, while the stream is away', async () => {
    let away = true;
    fails = () => away;
    for (let count = 0; count < 300; count += 1) await append(1);
    await clock.advance(60_000);
    expect(longest).toBeLessThanOrEqual(128);
    away = false;
    await clock.advance(10_000);
    expect(ids()).toEqual(Array.from({ length: 300 }, (_, at) => `orders:3:${at + 1}:0`));
  });
});
