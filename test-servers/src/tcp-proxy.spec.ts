import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TcpProxy, tcpProxy } from './tcp-proxy.ts';

describe('a bad way', () => {
  const closing: (() => void)[] = [];
  let proxy: TcpProxy;
  let client: Socket;
  /** Of this test: sockets of the one before may still be closing. */
  let told: { heard: string; ended: string | undefined };
  let atServer: Socket[];

  const open = async () => {
    const tell = told;
    const socket = connect({ host: '127.0.0.1', port: proxy.port });
    socket.on('error', ({ message }) => {
      tell.ended = message;
    });
    socket.on('close', () => {
      tell.ended ??= 'closed';
    });
    socket.on('data', (bytes) => {
      tell.heard += bytes;
    });
    await once(socket, 'connect');
    closing.push(() => socket.destroy());
    return socket;
  };

  beforeEach(async () => {
    told = { heard: '', ended: undefined };
    atServer = [];
    const echo = createServer((socket) => {
      atServer.push(socket);
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => socket.write(bytes));
    });
    echo.listen(0, '127.0.0.1');
    await once(echo, 'listening');
    const address = echo.address();
    proxy = await tcpProxy({ port: typeof address === 'object' && address ? address.port : 0 });
    closing.push(() => echo.close());
    client = await open();
  });
  afterEach(async () => {
    await proxy.close();
    for (const close of closing.splice(0)) close();
  });

  it('carries bytes both ways in fair weather', async () => {
    client.write('hello');
    await expect.poll(() => told.heard).toBe('hello');
    expect(proxy.connections()).toBe(1);
  });

  it('carries them late', async () => {
    proxy.weather({ delayMs: 100 });
    const startedAt = performance.now();
    client.write('hello');
    await expect.poll(() => told.heard, { interval: 5 }).toBe('hello');
    expect(performance.now() - startedAt).toBeGreaterThanOrEqual(190);
  });

  it('carries them in slices', async () => {
    proxy.weather({ sliceBytes: 1 });
    client.write('hello');
    await expect.poll(() => told.heard).toBe('hello');
  });

  it('holds them back in a black hole, and tells nobody', async () => {
    proxy.weather({ blackHole: true });
    client.write('hello');
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(told).toEqual({ heard: '', ended: undefined });
    proxy.weather();
    await expect.poll(() => told.heard).toBe('hello');
  });

  it('resets connections and refuses new ones', async () => {
    proxy.weather({ refuse: true });
    proxy.cut();
    await expect.poll(() => told.ended).toMatch(/ECONNRESET/);
    told.ended = undefined;
    await open();
    await expect.poll(() => told.ended).toBe('closed');
    expect(proxy.connections()).toBe(0);
  });

  it('ends the server alone when it is half open', async () => {
    client.write('hello');
    await expect.poll(() => told.heard).toBe('hello');
    proxy.halfOpen();
    await expect.poll(() => atServer[0]?.destroyed ?? false).toBe(true);
    client.write('again');
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(told).toEqual({ heard: 'hello', ended: undefined });
  });
});
