/** What the gateway's thread of an embedded system tells is what there would be without one. */
import { startHoldfast } from 'holdfast';
import { afterEach, expect, it } from 'vitest';
import { availabilityChanged } from './documents.ts';
import { keysIn, workshop } from './process.ts';
import { withClients } from './system.ts';

const shop = workshop();
afterEach(() => shop.clear());

const metricsOf = async (url: string) => {
  const text = await (await fetch(`${url}/metrics`)).text();
  return { text, names: [...text.matchAll(/^# TYPE (\S+)/gm)].map(([, name]) => name) };
};

it('measures both threads, each figure once', async () => {
  const running = shop.start(shop.folder());
  const { text, names } = await metricsOf(await running.ready());
  expect(text.match(/^# EOF$/gm)).toHaveLength(1);
  expect(text.endsWith('# EOF\n')).toBe(true);
  const inOne = await startHoldfast({ empty: true });
  const { names: expected } = await metricsOf(inOne.url);
  await inOne.close();
  expect(names.sort()).toEqual(expected.sort());
});

it('tells what changes, however much does at once', async () => {
  const folder = shop.folder();
  const url = await shop.start(folder).ready();
  const system = withClients({ url, keys: keysIn(folder), close: async () => {} });
  await system.stock('MUG', { BER: 1_000 });
  const live = system.anonymous.watch(availabilityChanged, { skus: ['MUG'] });
  await live.next(({ __typename }) => __typename === 'AvailabilitySnapshot');
  const hold = () =>
    system.operator.must('reserveStock', { lines: [{ sku: 'MUG', quantity: 1 }] }, 'StockReserved');
  for (let round = 0; round < 5; round += 1) {
    await Promise.all(Array.from({ length: 100 }, hold));
  }
  await live.next(({ availability }) => availability?.availableToPromise === 500);
  const versions = live.heard.flatMap(({ availability }) => availability?.version ?? []);
  expect(versions).toEqual([...versions].sort((one, other) => one - other));
  live.end();
});
