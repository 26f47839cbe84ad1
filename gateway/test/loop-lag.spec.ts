import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { watchLoopLag } from '../src/metrics/loop-lag.ts';

it('tells how late the event loop of this thread was since it was last asked', async () => {
  const lag = watchLoopLag();
  await pause(60);
  const until = performance.now() + 300;
  while (performance.now() < until);
  await pause(60);
  const late = lag.p99Seconds();
  expect(late).toBeGreaterThan(0.2);
  expect(lag.p99Seconds()).toBeLessThan(0.1);
  lag.stop();
});
