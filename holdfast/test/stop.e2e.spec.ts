/**
 * Asked to end: what was acknowledged is kept, sockets are closed so that clients come back, exit
 * code 0.
 */
import { afterEach, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { clientOf } from './client.ts';
import { keysIn, workshop } from './process.ts';
import { withClients } from './system.ts';

const shop = workshop();
afterEach(() => shop.clear());

const stopWithinMs = 5_000;
/** Close codes after which a stock client connects again. */
const retryable = [1001, 1012, 1013];

/** A socket that has said who it is, and the code by which it will be closed. */
async function connect(url: string) {
  const socket = new WebSocket(`${url.replace('http', 'ws')}/graphql`, 'graphql-transport-ws');
  const closed = new Promise<number>((resolve) => {
    socket.once('close', resolve);
  });
  await new Promise((resolve) => socket.once('open', resolve));
  const acknowledged = new Promise((resolve) => socket.once('message', resolve));
  socket.send(JSON.stringify({ type: 'connection_init' }));
  await acknowledged;
  return { closed };
}

it.each(['SIGTERM', 'SIGINT'] as const)('%s: it ends well, within 5 s', async (signal) => {
  const running = shop.start(shop.folder());
  const { closed } = await connect(await running.ready());
  const askedAt = performance.now();
  running.child.kill(signal);
  expect(retryable).toContain(await closed);
  expect(await running.ended).toMatchObject({ code: 0, signal: null, stderr: '' });
  expect(performance.now() - askedAt).toBeLessThan(stopWithinMs);
});

it('keeps what it acknowledged while it was asked to end', async () => {
  const folder = shop.folder();
  const running = shop.start(folder);
  const url = await running.ready();
  const system = withClients({ url, keys: keysIn(folder), close: async () => {} });
  await system.stock('TEE', { BER: 1_000 });
  const reserve = () =>
    system.operator.mutate('reserveStock', { lines: [{ sku: 'TEE', quantity: 1 }] });
  const asked = Array.from({ length: 100 }, () => reserve().catch(() => undefined));
  await Promise.race(asked);
  running.child.kill('SIGTERM');
  const answers = await Promise.all(asked);
  await running.ended;
  const held = answers.filter((answer) => answer?.__typename === 'StockReserved').length;
  expect(held).toBeGreaterThan(0);

  const again = shop.start(folder);
  const { availableToPromise } = await clientOf(await again.ready(), undefined).availability('TEE');
  // Those that were decided and not heard of are held as well.
  expect(availableToPromise).toBeLessThanOrEqual(1_000 - held);
  expect(availableToPromise).toBeGreaterThanOrEqual(1_000 - asked.length);
});

it('keeps what it acknowledged when it is killed', async () => {
  const folder = shop.folder();
  const running = shop.start(folder);
  const system = withClients({
    ...{ url: await running.ready(), keys: keysIn(folder), close: async () => {} },
  });
  await system.stock('TEE', { BER: 1_000 });
  const held: string[] = [];
  const reserve = async () => {
    for (;;) {
      const wish = { lines: [{ sku: 'TEE', quantity: 1 }] };
      const { reservation } = await system.operator.mutate('reserveStock', wish);
      if (reservation) held.push(reservation.id);
      if (held.length === 50) running.child.kill('SIGKILL');
    }
  };
  await Promise.allSettled([reserve(), reserve(), reserve(), reserve()]);
  await running.ended;
  expect(held.length).toBeGreaterThanOrEqual(50);

  const again = clientOf(await shop.start(folder).ready(), undefined);
  const found = await Promise.all(held.map((id) => again.reservation(id)));
  expect(found.filter((reservation) => reservation?.status === 'ACTIVE').length).toBe(held.length);
});
