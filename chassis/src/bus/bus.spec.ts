import { expect, it } from 'vitest';
import { commitAfter } from '#test/commits.ts';
import { scriptedClock } from '../scripted-clock.ts';
import { busContract } from './bus.contract.ts';
import { inProcessBus } from './bus.in-process.ts';
import { logSubject, messageId, versionOfMessage } from './bus.ts';

const retainedMax = 16;

busContract('in process', async () => {
  const clock = scriptedClock();
  const bus = inProcessBus({ clock, retainedMax });
  return { bus, retainedMax, pass: clock.advance, close: async () => {} };
});

it('the in-process bus holds no more characters than it may', async () => {
  const clock = scriptedClock();
  const bus = inProcessBus({ clock, retainedCharactersMax: 1_000 });
  const lane = { context: 'inventory', lane: 3 };
  for (let version = 1; version <= 20; version += 1) {
    const commit = commitAfter({ version: version - 1, hash: '' }, lane, { 'sku/A': [] });
    await bus.publish({ subject: logSubject(lane), id: messageId(lane, version), commit });
  }
  let held = 0;
  const deliver = ({ commit }: { commit: { body: string } }) => {
    held += commit.body.length;
  };
  bus.consume({ consumer: 'late', subjects: ['log.inventory.03'], pendingMax: 100, deliver });
  await clock.settle();
  expect(held).toBeGreaterThan(500);
  expect(held).toBeLessThanOrEqual(1_000);
});

it('a message id carries its version', () => {
  expect(versionOfMessage(messageId({ context: 'orders', lane: 12 }, 345))).toBe(345);
  expect(versionOfMessage(undefined)).toBe(0);
  expect(versionOfMessage('something else')).toBe(0);
});
