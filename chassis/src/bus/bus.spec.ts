import { expect, it } from 'vitest';
import { commitAfter } from '#test/commits.ts';
import { scriptedClock } from '../scripted-clock.ts';
import { busContract } from './bus.contract.ts';
import { inProcessBus } from './bus.in-process.ts';
import { type Bus, type Delivery, logSubject, messageId, versionOfMessage } from './bus.ts';

const retainedMax = 16;
const lane = { context: 'inventory', lane: 3 };

async function publish(bus: Bus, from: number, to: number): Promise<void> {
  for (let version = from; version <= to; version += 1) {
    const commit = commitAfter({ version: version - 1, hash: '' }, lane, { 'sku/A': [] });
    await bus.publish({ subject: logSubject(lane), id: messageId(lane, version), commit });
  }
}

busContract('in process', async () => {
  const clock = scriptedClock();
  const bus = inProcessBus({ clock, retainedMax });
  return { bus, retainedMax, pass: clock.advance, close: async () => {} };
});

it('the in-process bus holds no more characters than it may', async () => {
  const clock = scriptedClock();
  const bus = inProcessBus({ clock, retainedCharactersMax: 1_000 });
  await publish(bus, 1, 20);
  let held = 0;
  const deliver = ({ commit }: { commit: { body: string } }) => {
    held += commit.body.length;
  };
  bus.consume({ consumer: 'late', subjects: ['log.inventory.03'], pendingMax: 100, deliver });
  await clock.settle();
  expect(held).toBeGreaterThan(500);
  expect(held).toBeLessThanOrEqual(1_000);
});

it('the in-process bus holds what one has yet to get, and little else', async () => {
  const clock = scriptedClock();
  const bus = inProcessBus({ clock });
  const asked = { subjects: [logSubject(lane)], deliver: ({ ack }: Delivery) => ack() };
  const heldFor = async (consumer: string) => {
    let held = 0;
    const deliver = () => {
      held += 1;
    };
    const stop = bus.consume({ ...asked, consumer, pendingMax: 1_000, deliver });
    await clock.settle();
    stop();
    return held;
  };
  bus.consume({ ...asked, consumer: 'quick', pendingMax: 10 });
  await publish(bus, 1, 200);
  expect(await heldFor('late')).toBe(64);
  bus.consume({ ...asked, consumer: 'slow', pendingMax: 1, deliver: () => {} });
  await publish(bus, 201, 400);
  // All that were published since, and the 63 that the slow one found beside its first.
  expect(await heldFor('later')).toBe(200 + 63);
});

it('a message id carries its version', () => {
  expect(versionOfMessage(messageId({ context: 'orders', lane: 12 }, 345))).toBe(345);
  expect(versionOfMessage(undefined)).toBe(0);
  expect(versionOfMessage('something else')).toBe(0);
});
