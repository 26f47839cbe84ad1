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
  let publisher: EventPublisher;

  const announcer: Announcer = {
    async announce(one) {
      if (fails(one)) throw new Error('the stream EVT is away');
      told.push(one);
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
    await open();
  });

  it('is each public event, in order, as a CloudEvent with a hash of what it says', async () => {
    await append(2);
    await append(1, 'secret/1');
    await append(1);
    await clock.settle();
    expect(ids()).toEqual(['orders:3:1:0', 'orders:3:1:1', 'orders:3:3:0']);
    const [first] = told;
    expect(first).toMatchObject({ stream: 'EVT', subject: 'evt.orders.03.thing.happened' });
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

  it('says again from the first that failed', async () => {
    let failures = 1;
    fails = ({ id }) => {
      if (id !== 'orders:3:1:1' || failures === 0) return false;
      failures -= 1;
      return true;
    };
    await append(3);
    await clock.advance(1_000);
    const [one, two, three] = [0, 1, 2].map((index) => `orders:3:1:${index}`);
    expect(ids()).toEqual([one, three, two, three]);
  });

  it('goes on after a restart where it stood, and repeats what was not settled', async () => {
    await append(1);
    await clock.advance(1_000);
    fails = ({ id }) => id === 'orders:3:2:1';
    await append(2);
    await clock.advance(1_000);
    await publisher.stop();
    expect(ids()).toEqual(['orders:3:1:0', 'orders:3:2:0']);
    fails = () => false;
    await open();
    await clock.settle();
    expect(ids().slice(2)).toEqual(['orders:3:2:0', 'orders:3:2:1']);
  });

  it('has no more under way than a window', async () => {
    let underWay = 0;
    let most = 0;
    fails = () => {
      underWay += 1;
      most = Math.max(most, underWay);
      queueMicrotask(() => {
        underWay -= 1;
      });
      return false;
    };
    await append(500);
    await clock.settle();
    await clock.settle();
    expect(told).toHaveLength(500);
    expect(most).toBeLessThanOrEqual(64);
  });
});
