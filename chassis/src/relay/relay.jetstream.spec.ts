/** The relay and the feed over a real broker that is killed, emptied, cut off and slow. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWith } from '@holdfast/test-servers/describe-with';
import type { OwnServer } from '@holdfast/test-servers/own-server';
import { type TcpProxy, tcpProxy } from '@holdfast/test-servers/tcp-proxy';
import { DiscardPolicy } from '@nats-io/jetstream';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { appendNext, happened } from '#test/commits.ts';
import { openLink, sleep, smallStreams } from '#test/jetstream.ts';

import { firstOccurrences, versionsInStream } from '#test/watched-stream.ts';
import { type JetStreamBus, jetStreamBus } from '../bus/bus.jetstream.ts';
import { systemClock } from '../clock.ts';
import { genesisHash, type LaneId } from '../commit.ts';
import { type LaneFeed, laneFeed } from '../following/lane-feed.ts';
import { inMemoryEventLog } from '../log/event-log.in-memory.ts';
import type { EventLog } from '../log/event-log.ts';
import type { NatsLink } from '../nats/nats-connection.jetstream.ts';
import { inMemoryReadModel } from '../read-model/read-model.in-memory.ts';
import { createRelay, type Relay } from './relay.ts';

const clock = systemClock();
const lanes: readonly LaneId[] = [0, 1, 2].map((lane) => ({ context: 'inventory', lane }));
const settings = smallStreams;
const patient = { timeout: 15_000, interval: 50 };

describeWith(['nats-process'], 'a relay on a real NATS', ({ startNats }) => {
  let storeDir: string;
  let nats: OwnServer;
  let proxy: TcpProxy;
  let link: NatsLink;
  let bus: JetStreamBus;
  let log: EventLog;
  let relay: Relay;
  let feed: LaneFeed;
  let handed: Map<number, number[]>;
  let appending: boolean;

  beforeEach(async () => {
    storeDir = mkdtempSync(join(tmpdir(), 'holdfast-'));
    nats = await startNats({ storeDir });
    proxy = await tcpProxy(nats);
    link = await openLink(`nats://127.0.0.1:${proxy.port}`, '');
    bus = await jetStreamBus({ link, settings, clock });
    log = inMemoryEventLog();
    relay = createRelay({ lanes, log, bus, clock, mark: inMemoryReadModel() });
    handed = new Map(lanes.map(({ lane }) => [lane, []]));
    feed = laneFeed({
      ...{ consumer: 'test', lanes, log, bus, clock, pendingMax: 64 },
      deliver({ lane, version }) {
        handed.get(lane)?.push(version);
        return undefined;
      },
    });
    feed.start(lanes.map(() => ({ version: 0, hash: genesisHash })));
    await relay.start();
  });
  afterEach(async () => {
    appending = false;
    await relay.stop();
    await feed.stop();
    await link.close();
    await proxy.close();
    await nats.end();
    rmSync(storeDir, { recursive: true, force: true });
  });

  const append = async (commits: number) => {
    for (let count = 0; count < commits; count += 1) {
      for (const lane of lanes) await appendNext(log, lane, { 'sku/A': [happened(count)] });
    }
  };
  const appendUntilStopped = async () => {
    appending = true;
    while (appending) {
      await append(4);
      await sleep(10);
    }
  };
  const heads = () => Promise.all(lanes.map(async (lane) => (await log.head(lane)).version));
  const published = () => lanes.map((lane) => relay.publishedVersion(lane));
  const upTo = (version: number) => Array.from({ length: version }, (_, at) => at + 1);
  const untilAllPublished = async () => {
    const wanted = await heads();
    await expect.poll(published, patient).toEqual(wanted);
    return wanted;
  };
  const expectAllHanded = async () => {
    const wanted = await heads();
    await expect
      .poll(() => lanes.map(({ lane }) => handed.get(lane)?.length), patient)
      .toEqual(wanted);
    for (const [at, { lane }] of lanes.entries()) {
      expect(handed.get(lane)).toEqual(upTo(wanted[at] ?? 0));
    }
  };

  it('says what to do while the stream takes nothing, and goes on by itself', async () => {
    const change = (config: object) => link.manager.streams.update('LOG', config);
    await append(1);
    await untilAllPublished();
    // As after a full disk, which a nats-server does not get over: no answer to what is sent.
    await change({ no_ack: true });
    await append(1);
    await expect.poll(bus.notReady, patient).toMatch(/^The stream LOG at .* restart that nats/);
    await change({ no_ack: false });
    await untilAllPublished();
    expect(bus.notReady()).toBeUndefined();

    const { state } = await link.manager.streams.info('LOG');
    await change({ discard: DiscardPolicy.New, max_bytes: state.bytes });
    await append(1);
    await expect.poll(bus.notReady, patient).toMatch(/^The stream LOG at .* is full: raise its/);
    // Who follows reads the log meanwhile.
    await expectAllHanded();
    await change({ discard: DiscardPolicy.Old, max_bytes: settings.bytesMax.LOG });
    await untilAllPublished();
    expect(bus.notReady()).toBeUndefined();
  }, 60_000);

  it('loses nothing and keeps the order when the broker is killed under load', async () => {
    const load = appendUntilStopped();
    for (let kills = 0; kills < 6; kills += 1) {
      await sleep(400);
      await nats.kill();
      await nats.restart();
    }
    await sleep(400);
    appending = false;
    await load;
    const wanted = await untilAllPublished();
    await expectAllHanded();
    const inStream = await versionsInStream(link);
    for (const [at, { lane }] of lanes.entries()) {
      expect(firstOccurrences(inStream.get(lane) ?? [])).toEqual(upTo(wanted[at] ?? 0));
      // The broker knew every repeat.
      expect(inStream.get(lane)).toHaveLength(wanted[at] ?? 0);
    }
    expect(link.reconnects()).toBe(6);
  }, 60_000);

  it('delivers again as soon as the broker is back', async () => {
    await append(10);
    await expectAllHanded();
    await nats.kill();
    await nats.restart();
    await expect.poll(() => link.reconnects(), patient).toBe(1);
    await append(1);
    await expect
      .poll(async () => (await bus.figures()).consumers[0], patient)
      .toMatchObject({ behind: 0, trouble: 'the connection was lost' });
    await expectAllHanded();
  }, 30_000);

  it('publishes again what the broker lost with its disk', async () => {
    await append(100);
    await untilAllPublished();
    await nats.kill();
    rmSync(`${storeDir}/jetstream`, { recursive: true });
    await append(20);
    await nats.restart();
    await untilAllPublished();
    await expect
      .poll(async () => [...(await versionsInStream(link)).values()].map(firstOccurrences), patient)
      .toEqual(lanes.map(() => upTo(120)));
    await append(5);
    await expectAllHanded();
  }, 60_000);

  it('makes the stream anew when it is deleted, and fills it', async () => {
    await append(50);
    await untilAllPublished();
    await link.manager.streams.delete(link.named('LOG'));
    await append(10);
    await untilAllPublished();
    await expect
      .poll(async () => [...(await versionsInStream(link)).values()].map(firstOccurrences), patient)
      .toEqual(lanes.map(() => upTo(60)));
    await append(5);
    await expectAllHanded();
  }, 60_000);

  it('goes on after what it has published when the stream is purged', async () => {
    await append(50);
    await untilAllPublished();
    await link.manager.streams.purge(link.named('LOG'));
    await append(10);
    await untilAllPublished();
    const inStream = await versionsInStream(link);
    expect([...inStream.values()]).toEqual(lanes.map(() => upTo(60).slice(50)));
    await expectAllHanded();
  });

  it('follows on when its consumer is deleted at the broker', async () => {
    await append(10);
    await expectAllHanded();
    for await (const { name } of link.manager.consumers.list(link.named('LOG'))) {
      await link.manager.consumers.delete(link.named('LOG'), name);
    }
    await append(10);
    await expectAllHanded();
    await expect.poll(async () => (await bus.figures()).consumers[0]?.behind, patient).toBe(0);
  });

  it.each([
    ['reset', () => proxy.cut()],
    ['half open', () => proxy.halfOpen()],
    ['a black hole for a while', () => blackHole(5_000)],
    ['closed to new ones for a while', () => refuse(1_000)],
    ['late by 200 ms and more', () => weatherFor(4_000, { delayMs: 200, jitterMs: 100 })],
    ['cut into single bytes', () => weatherFor(2_000, { sliceBytes: 1 })],
  ])(
    'loses nothing and keeps the order when the connection is %s',
    async (_, make) => {
      const load = appendUntilStopped();
      await sleep(300);
      await make();
      await sleep(300);
      appending = false;
      await load;
      const wanted = await untilAllPublished();
      await expectAllHanded();
      const inStream = await versionsInStream(link);
      for (const [at, { lane }] of lanes.entries()) {
        expect(firstOccurrences(inStream.get(lane) ?? [])).toEqual(upTo(wanted[at] ?? 0));
      }
    },
    60_000,
  );

  const weatherFor = async (ms: number, weather: Parameters<TcpProxy['weather']>[0]) => {
    proxy.weather(weather);
    await sleep(ms);
    proxy.weather();
  };
  const blackHole = (ms: number) => weatherFor(ms, { blackHole: true });
  const refuse = async (ms: number) => {
    proxy.weather({ refuse: true });
    proxy.cut();
    await sleep(ms);
    proxy.weather();
  };
});
