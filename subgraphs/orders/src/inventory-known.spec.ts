import { inProcessBus } from '@holdfast/chassis/bus/bus.in-process';
import { inMemoryEventLog } from '@holdfast/chassis/log/event-log.in-memory';
import { createProjector } from '@holdfast/chassis/projecting/projector';
import { inMemoryReadModel } from '@holdfast/chassis/read-model/read-model.in-memory';
import { scriptedClock } from '@holdfast/chassis/scripted-clock';
import { parseSku } from '@holdfast/schema/identifiers';
import { expect, it } from 'vitest';
import { inventoryKnown } from './inventory-known.ts';
import { NotYetKnown } from './inventory-lookup.ts';
import { inventoryFacts } from './projections/inventory-facts.ts';

it('does not say that a SKU is unknown while the log of inventory does not answer', async () => {
  const [clock, log] = [scriptedClock(), inMemoryEventLog()];
  const lanes = [{ context: 'inventory', lane: 0 }];
  const facts = createProjector({
    ...{ lanes, log, clock, bus: inProcessBus({ clock }), readModel: inMemoryReadModel() },
    projection: inventoryFacts,
  });
  await facts.start();
  const silent = { ...log, read: () => new Promise<never>(() => {}) };
  const known = inventoryKnown({ facts, lanes, clock, log: silent });
  const sku = parseSku('CAP');
  if (sku === undefined) throw new Error('CAP is a SKU');
  const asking = expect(known.skus([sku])).rejects.toThrow(NotYetKnown);
  await clock.settle();
  await clock.advance(500);
  await asking;
  await facts.stop();
});
