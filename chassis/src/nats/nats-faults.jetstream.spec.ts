/** Leases, the command door and announcements over a broker that is killed, emptied and cut off. */

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describeWith } from '@holdfast/test-servers/describe-with';
import type { OwnServer } from '@holdfast/test-servers/own-server';
import { type TcpProxy, tcpProxy } from '@holdfast/test-servers/tcp-proxy';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openLink, sleep } from '#test/jetstream.ts';
import { natsDoor } from '../asking/command-door.jetstream.ts';
import { UnansweredRequest } from '../asking/command-door.ts';
import { systemClock } from '../clock.ts';
import type { RunningLeases } from '../leases/create-leases.ts';
import { jetStreamLeases } from '../leases/leases.jetstream.ts';
import type { NatsLink } from './nats-connection.jetstream.ts';

const clock = systemClock();
const ttlMs = 2_000;
const renewMs = 600;
const secret = 'a secret of at least 32 characters';
const lane = { context: 'inventory', lane: 7 };
const patient = { timeout: 15_000, interval: 50 };

describeWith(['nats-process'], 'a cluster on a real NATS', ({ startNats }) => {
  let storeDir: string;
  let nats: OwnServer;
  let proxy: TcpProxy;
  /** By way of the proxy. */
  let link: NatsLink;
  let otherLink: NatsLink;
  let leases: RunningLeases;
  let others: RunningLeases;

  beforeEach(async () => {
    storeDir = mkdtempSync(join(tmpdir(), 'holdfast-'));
    nats = await startNats({ storeDir });
    proxy = await tcpProxy(nats);
    link = await openLink(`nats://127.0.0.1:${proxy.port}`, '');
    otherLink = await openLink(nats.url, '');
    const options = { clock, replicas: 1, ttlMs, renewMs } as const;
    leases = await jetStreamLeases({ link, ...options });
    others = await jetStreamLeases({ link: otherLink, ...options });
  });
  afterEach(async () => {
    await Promise.all([leases.stop(), others.stop()]);
    await Promise.all([link.close(), otherLink.close()]);
    await proxy.close();
    await nats.end();
    rmSync(storeDir, { recursive: true, force: true });
  });

  const held = async () => {
    const lease = await leases.tryHold('inventory.07');
    if (!lease) throw new Error('it is not free');
    return lease;
  };
  const othersHold = () => others.tryHold('inventory.07').catch(() => undefined);

  it('keeps its leases while the broker is killed and comes back in time', async () => {
    const lease = await held();
    await leases.join('inventory');
    await nats.kill();
    await nats.restart();
    await sleep(2 * ttlMs);
    expect(lease.holds()).toBe(true);
    expect(await othersHold()).toBeUndefined();
    // The watch goes on as well.
    await expect.poll(() => others.members('inventory'), patient).toEqual([leases.self]);
  }, 30_000);

  it('has lost them before anybody else has them when its way is a black hole', async () => {
    const lease = await held();
    await leases.join('inventory');
    proxy.weather({ blackHole: true });
    const startedAt = performance.now();
    let lostAfterMs = 0;
    void lease.lost.then(() => {
      lostAfterMs = performance.now() - startedAt;
    });
    await expect.poll(othersHold, patient).toBeDefined();
    expect(lease.holds()).toBe(false);
    expect(lostAfterMs).toBeGreaterThan(0);
    expect(lostAfterMs).toBeLessThanOrEqual(ttlMs);
    proxy.weather();
    await expect.poll(() => others.members('inventory'), patient).toEqual([leases.self]);
  }, 30_000);

  it('finds them anew when the broker has lost its disk', async () => {
    const lease = await held();
    await others.join('inventory');
    await nats.kill();
    rmSync(`${storeDir}/jetstream`, { recursive: true });
    await nats.restart();
    await lease.lost;
    await expect.poll(othersHold, patient).toBeDefined();
    await expect.poll(() => leases.members('inventory'), patient).toEqual([others.self]);
  }, 30_000);

  it('hears at once that a request is lost, and that nobody is there', async () => {
    natsDoor({ link: otherLink, clock, secret }).serve(lane, () => new Promise(() => {}));
    const door = natsDoor({ link, clock, secret });
    await sleep(100);
    const request = new Uint8Array([1]);
    const asked = door.ask(lane, request, 10_000).catch((failure: unknown) => failure);
    await sleep(100);
    const startedAt = performance.now();
    proxy.weather({ refuse: true });
    proxy.cut();
    expect(await asked).toBeInstanceOf(UnansweredRequest);
    expect(await door.ask(lane, request, 10_000)).toBe('away');
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    proxy.weather();
  });

  it('serves again by itself after the connection was cut', async () => {
    natsDoor({ link, clock, secret }).serve(lane, async (request) => request);
    const door = natsDoor({ link: otherLink, clock, secret });
    await sleep(100);
    proxy.cut();
    const answered = async () => {
      const reply = await door.ask(lane, new Uint8Array([7]), 500).catch(() => undefined);
      return reply instanceof Uint8Array ? [...reply] : reply;
    };
    await expect.poll(answered, { timeout: 2_000, interval: 20 }).toEqual([7]);
  });
});
