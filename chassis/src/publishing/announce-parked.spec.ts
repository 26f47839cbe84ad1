import { beforeEach, describe, expect, it } from 'vitest';
import { appendNext, happened } from '#test/commits.ts';
import { inProcessBus } from '../bus/bus.in-process.ts';
import type { LaneId } from '../commit.ts';
import { createFollower, type Follower, PermanentFailure } from '../following/follower.ts';
import { inMemoryEventLog } from '../log/event-log.in-memory.ts';
import type { EventLog } from '../log/event-log.ts';
import { inMemoryReadModel } from '../read-model/read-model.in-memory.ts';
import type { ReadModel } from '../read-model/read-model.ts';
import { createRelay } from '../relay/relay.ts';
import { type ScriptedClock, scriptedClock } from '../scripted-clock.ts';
import { announcedCollection, announceParked, type ParkedAnnouncer } from './announce-parked.ts';
import type { AnnouncedOn, Announcement } from './announcer.ts';

const lane: LaneId = { context: 'orders', lane: 3 };
const everything = { prefix: '', limit: 100, direction: 'up' } as const;

describe('what was set aside', () => {
  let clock: ScriptedClock;
  let log: EventLog;
  let readModel: ReadModel;
  let told: Announcement[];
  let away: boolean;
  let sick: Set<string>;
  let follower: Follower;
  let parkedAnnouncer: ParkedAnnouncer;

  const openAnnouncer = () => {
    const announcer = {
      async announce(on: AnnouncedOn, all: readonly Announcement[]) {
        if (away || on !== 'DLQ') throw new Error(`the stream ${on} is full`);
        told.push(...all);
      },
    };
    parkedAnnouncer = announceParked({ consumer: 'policy.one', readModel, announcer, clock });
    parkedAnnouncer.start();
  };
  beforeEach(async () => {
    clock = scriptedClock();
    log = inMemoryEventLog();
    readModel = inMemoryReadModel();
    told = [];
    away = false;
    sick = new Set();
    const bus = inProcessBus({ clock });
    await createRelay({ lanes: [lane], log, bus, clock }).start();
    follower = createFollower({
      ...{ name: 'policy.one', lanes: [lane], log, bus, readModel, clock },
      async handle([first]) {
        if (sick.has(first?.stream ?? '')) throw new PermanentFailure('no order of Ann Miller');
      },
    });
    await follower.start();
    openAnnouncer();
    await clock.settle();
  });
  const append = (stream: string) => appendNext(log, lane, { [stream]: [happened(1)] });
  const marks = () => readModel.range(announcedCollection('policy.one'), everything);

  it('is announced once, without what the failure said', async () => {
    sick.add('order/1');
    await append('order/1');
    await append('order/1');
    await append('order/2');
    await clock.advance(60_000);
    expect(told).toHaveLength(1);
    const [first] = told;
    expect(first).toMatchObject({ subject: 'dlq.policy_one.03' });
    expect(JSON.parse(first?.body ?? '')).toMatchObject({
      ...{ id: first?.id, type: 'holdfast.event.parked', subject: 'order/1' },
      data: {
        ...{ consumer: 'policy.one', ...lane, version: 1, stream: 'order/1', attempts: 1 },
        ...{ events: ['orders:3:1:0'], cause: 'PermanentFailure' },
      },
    });
    expect(first?.body).not.toContain('Miller');
  });

  it('is announced when the stream takes it, and said to wait until then', async () => {
    away = true;
    sick.add('order/1');
    await append('order/1');
    await clock.advance(30_000);
    expect(parkedAnnouncer.trouble()).toMatch(/DLQ is full/);
    away = false;
    await clock.advance(5_000);
    expect(told).toHaveLength(1);
    expect(parkedAnnouncer.trouble()).toBeUndefined();
  });

  it('is not said again after a restart', async () => {
    sick.add('order/1');
    await append('order/1');
    await clock.advance(10_000);
    await parkedAnnouncer.stop();
    openAnnouncer();
    await clock.advance(10_000);
    expect(told).toHaveLength(1);
  });

  it('is forgotten when it is dealt with, and said anew when it fails anew', async () => {
    sick.add('order/1');
    await append('order/1');
    await clock.advance(10_000);
    const request = { filter: { by: 'stream', stream: 'order/1' }, dryRun: false, actor: 'test' };
    await follower.replay(request as Parameters<Follower['replay']>[0]);
    await clock.advance(10_000);
    expect(told).toHaveLength(2);
    expect(new Set(told.map(({ id }) => id)).size).toBe(2);
    sick.clear();
    expect(await marks()).toHaveLength(1);
    await follower.replay(request as Parameters<Follower['replay']>[0]);
    await clock.advance(10_000);
    expect(await marks()).toEqual([]);
    expect(told).toHaveLength(2);
  });
});
