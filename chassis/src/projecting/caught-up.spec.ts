import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { appendNext, happened } from '#test/commits.ts';
import { inProcessBus } from '../bus/bus.in-process.ts';
import { inMemoryEventLog } from '../log/event-log.in-memory.ts';
import type { EventLog } from '../log/event-log.ts';
import { inMemoryReadModel } from '../read-model/read-model.in-memory.ts';
import { scriptedClock } from '../scripted-clock.ts';
import { caughtUp } from './caught-up.ts';
import { createProjector, type Projector } from './projector.ts';

const lane = { context: 'inventory', lane: 0 };
const other = { ...lane, lane: 1 };

describe('a projection whose bus brings nothing', () => {
  let log: EventLog;
  let projector: Projector<{ readonly events: number }>;
  beforeEach(async () => {
    const clock = scriptedClock();
    log = inMemoryEventLog();
    projector = createProjector({
      ...{ lanes: [lane, other], log, bus: inProcessBus({ clock }), clock },
      readModel: inMemoryReadModel(),
      projection: {
        ...{ name: 'counts', collections: ['counts'] },
        keysOf: ({ stream }) => [{ collection: 'counts', id: stream }],
        evolve: (known) => ({ events: (known?.events ?? 0) + 1 }),
      },
    });
    await projector.start();
  });
  afterEach(() => projector.stop());

  it('includes all that is in the log of the lane, and waits for no other lane', async () => {
    for (let count = 0; count < 3; count += 1) {
      await appendNext(log, lane, { 'sku/A': [happened(1)] });
    }
    await appendNext(log, other, { 'sku/B': [happened(1)] });
    await caughtUp(projector, log, lane);
    expect(await projector.read('counts', ['sku/A'])).toEqual([{ events: 3 }]);
    expect([projector.applied(lane), projector.applied(other)]).toEqual([3, 0]);
  });

  it('is not asked for the end of a log that has nothing new', async () => {
    const quiet: EventLog = { ...log, head: () => Promise.reject(new Error('asked for the end')) };
    await caughtUp(projector, quiet, lane);
    await appendNext(log, lane, { 'sku/A': [happened(1)] });
    await expect(caughtUp(projector, quiet, lane)).rejects.toThrow('asked for the end');
  });
});
