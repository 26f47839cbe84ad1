import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { Worker } from 'node:worker_threads';
import { expect, it } from 'vitest';
import { runDueTimers, systemClock } from './live-clock.ts';

/** More than libuv hears of at once, so that it looks again before anything else. */
const sockets = 1_500;
const answersMax = 20_000;
const askAgain = `
  const { workerData: { port, sockets } } = require('node:worker_threads');
  const { connect } = require('node:net');
  const asking = Array.from({ length: sockets }, () => connect(port, '127.0.0.1'));
  let connected = 0;
  for (const socket of asking) {
    socket.on('data', () => socket.write('?')).on('error', () => {});
    socket.on('connect', () => {
      connected += 1;
      if (connected === sockets) for (const each of asking) each.write('?');
    });
  }`;

/** Long enough for those who are answered to ask again before all are. */
function beBusy(): void {
  for (const since = performance.now(); performance.now() - since < 0.1; );
}

/** So many are answered between two looks at the timers at most. */
async function mostBetweenTimers(afterAnswer: (answers: number) => unknown): Promise<number> {
  let answers = 0;
  const server = createServer((socket) => {
    socket
      .on('error', () => {})
      .on('data', () => {
        beBusy();
        answers += 1;
        if (answers < answersMax) socket.write('!');
        afterAnswer(answers);
      });
  }).listen(0, '127.0.0.1', sockets);
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const asking = new Worker(askAgain, { eval: true, workerData: { port, sockets } });
  let most = 0;
  for (let last = 0; answers < answersMax; last = answers) {
    await new Promise<void>((resolve) => void systemClock.after(1, resolve));
    most = Math.max(most, answers - last);
  }
  await asking.terminate();
  server.close();
  return most;
}

it('lets timers run between a thousand sockets', async () => {
  const most = await mostBetweenTimers((answers) => answers % 500 === 0 && runDueTimers());
  // Once in 500 answers; without it after 20,000.
  expect(most).toBeLessThan(600);
});
