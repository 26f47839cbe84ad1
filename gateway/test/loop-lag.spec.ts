import { setTimeout as pause } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { registerLoopLag } from '../src/metrics/loop-lag.ts';
import { createRegistry } from '../src/metrics/registry.ts';

const figure = 'holdfast_gateway_eventloop_lag_p99_seconds';

it('tells how late the event loop of this thread was since it was last asked', async () => {
  const registry = createRegistry('without the process');
  registerLoopLag(registry);
  const told = async () => {
    const text = await registry.metrics();
    return Number(new RegExp(`^${figure} (\\S+)$`, 'm').exec(text)?.[1]);
  };
  await pause(60);
  const until = performance.now() + 300;
  while (performance.now() < until);
  await pause(60);
  const late = await told();
  expect(late).toBeGreaterThan(0.2);
  expect(await told()).toBeLessThan(0.1);
});
