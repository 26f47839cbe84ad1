import type { DomainEvent, Recorded } from '@holdfast/chassis/commit';
import { expect, it } from 'vitest';
import { claim, order } from '../order/given.ts';
import { commandFor } from './note-inventory-facts.ts';

const recorded = (event: DomainEvent): Recorded => ({
  ...{
    event,
    id: 'inventory:0:7:1',
    stream: `claim/${claim}`,
    version: 7,
    index: 1,
    at: 0,
    command: undefined,
  },
});

it.each(['AllocationMade', 'AllocationRefused', 'BackorderFilled'])(
  'tells the order of %s, under the fact’s own id, so that a repeat is known',
  (type) => {
    const fact = { type, claim, order };
    expect(commandFor(recorded(fact))).toEqual({
      command: { type: 'NoteFact', fact, id: 'inventory:0:7:1', order },
      record: {
        ...{ type: 'NoteFact', by: 'policy:note-inventory-facts', actor: 'holdfast' },
        ...{ key: 'inventory:0:7:1', input: 'fact', cause: 'inventory:0:7:1' },
      },
      streams: [`order/${order}`],
    });
  },
);

it.each(['ItemSaved', 'ReservationMade', 'AllocationReleased', 'StockReserved'])(
  'leaves %s alone',
  (type) => expect(commandFor(recorded({ type }))).toBeUndefined(),
);
