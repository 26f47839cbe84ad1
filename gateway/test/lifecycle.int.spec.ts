/** How the gateway starts, changes its supergraph, and ends. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { supergraphSdl } from '@holdfast/schema/sdl';
import { describe, expect, it } from 'vitest';
import { PortInUse } from '../src/app.ts';
import { contractSubgraphs } from './stubs/contract.ts';
import { ask, createStubGateway, startGateway } from './stubs/gateway.ts';

const query = '{ item(sku: "A") { name } }';
const guests = 1_500;

/** Who finds no room tries again later, and finds none either while nobody is taken. */
const connectAll = `
  const { port, guests, arrived } = require('node:worker_threads').workerData;
  const { connect } = require('node:net');
  let count = 0;
  const note = () => {
    count += 1;
    if (count < guests) return;
    Atomics.store(arrived, 0, count);
    Atomics.notify(arrived, 0);
  };
  for (let guest = 0; guest < guests; guest += 1) connect(port, '127.0.0.1', note);
`;

/** Connections that Linux lets wait; unknown elsewhere. */
function waitingBySystem(): number {
  try {
    return Number(readFileSync('/proc/sys/net/core/somaxconn', 'utf8'));
  } catch {
    return 0;
  }
}

describe('listen', () => {
  it('says that a port is in use, so that another can be tried', async () => {
    const [one, other] = [await createStubGateway(), await createStubGateway()];
    const { port } = await one.gateway.listen('127.0.0.1', 0);
    const refused = await other.gateway.listen('127.0.0.1', port).catch((error) => error);
    expect(refused).toBeInstanceOf(PortInUse);
    expect(refused).toMatchObject({ code: 'EADDRINUSE', port });
    const { url } = await other.gateway.listen('127.0.0.1', 0);
    expect((await ask(url, { query })).codes).toEqual([]);
    await Promise.all([one.gateway.close(), other.gateway.close()]);
  });

  it('turns nobody away who comes while it has no time to take connections', async ({ skip }) => {
    if (waitingBySystem() < guests) skip('this system lets fewer wait than this test sends');
    const { gateway } = await createStubGateway();
    const { port } = await gateway.listen('127.0.0.1', 0);
    const arrived = new Int32Array(new SharedArrayBuffer(4));
    const crowd = new Worker(connectAll, { eval: true, workerData: { port, guests, arrived } });
    await once(crowd, 'online');
    // Nothing is taken meanwhile: the thread that would stands still here.
    const verdict = Atomics.wait(arrived, 0, 0, 4_000);
    await crowd.terminate();
    await gateway.close();
    expect([verdict, arrived[0]]).toEqual(['ok', guests]);
  });

  it('can be closed before it has begun', async () => {
    await (await createStubGateway()).gateway.close();
  });
});

describe('close', () => {
  it('lets what is in flight end, and takes nothing new', async () => {
    let finish: (item: unknown) => void = () => {};
    let isAsked = false;
    const item = new Promise((resolve) => {
      finish = resolve;
    });
    const answers = {
      'Query.item': () => {
        isAsked = true;
        return item;
      },
    };
    const { gateway, url } = await startGateway({ subgraphs: contractSubgraphs(answers) });
    const inFlight = ask(url, { query });
    await expect.poll(() => isAsked).toBe(true);
    const closed = gateway.close();
    expect(gateway.notReady()).toEqual(['The gateway is stopping.']);
    await expect(ask(url, { query })).rejects.toThrow();
    finish({ sku: 'A', name: 'late' });
    expect((await inFlight).data).toEqual({ item: { name: 'late' } });
    await closed;
  });

  it('cuts what does not end in time', async () => {
    let isAsked = false;
    const answers = {
      'Query.item': () => {
        isAsked = true;
        return new Promise(() => {});
      },
    };
    const limits = { drainTimeoutMs: 50 };
    const started = await startGateway({ subgraphs: contractSubgraphs(answers), limits });
    const inFlight = ask(started.url, { query });
    const cut = expect(inFlight).rejects.toThrow();
    await expect.poll(() => isAsked).toBe(true);
    const before = performance.now();
    await started.gateway.close();
    expect(performance.now() - before).toBeLessThan(1_000);
    await cut;
  });
});

describe('reload', () => {
  it('plans anew over the new supergraph', async () => {
    const { gateway, url } = await startGateway();
    expect((await ask(url, { query })).codes).toEqual([]);
    const before = supergraphSdl();
    const after = before.replace(
      'name: String @join__field(graph: INVENTORY)',
      'label: String @join__field(graph: INVENTORY)',
    );
    expect(after).not.toBe(before);
    gateway.reload(after);
    expect((await ask(url, { query })).codes).toEqual(['GRAPHQL_VALIDATION_FAILED']);
    const { codes } = await ask(url, { query: '{ item(sku: "A") { sku } }' });
    expect(codes).toEqual([]);
    await gateway.close();
  });
});
