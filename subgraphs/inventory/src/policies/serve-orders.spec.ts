import { deepStrictEqual } from 'node:assert/strict';
import type { DomainEvent, Recorded } from '@holdfast/chassis/commit';
import type { OrderIntent } from '@holdfast/schema/events';
import {
  allocationId,
  defaultChannel,
  lineId,
  orderId,
  type Sku,
} from '@holdfast/schema/identifiers';
import { units } from '@holdfast/schema/quantities';
import { it } from 'vitest';
import { commandFor } from './serve-orders.ts';

const order = orderId('00000000-0000-7000-8000-000000000001', 'abcd');
const claim = allocationId(order, 'abcd');
const tee = 'TEE' as Sku;
const recorded = (event: DomainEvent): Recorded => ({
  ...{
    event,
    id: 'orders:0:7:1',
    stream: `order/${order}`,
    version: 7,
    index: 1,
    at: 0,
    command: undefined,
  },
});
const by = { by: 'policy:serve-orders', actor: 'orders', key: 'orders:0:7:1' };

it('an order asks for units: they are to be allocated, once for each intent', () => {
  const wanted = {
    ...{ order, claim, channel: defaultChannel, reservation: undefined },
    lines: [{ sku: tee, units: units(2) }],
  };
  const type = 'OrderAllocationRequested';
  deepStrictEqual(commandFor(recorded({ type, ...wanted } satisfies OrderIntent)), {
    command: { type: 'AllocateStock', ...wanted },
    record: { type: 'AllocateStock', ...by, input: type, cause: by.key },
  });
});

it('an order gives units up: they are to be taken back', () => {
  const given = {
    ...{ order, claim, reservation: undefined, whole: true },
    lines: [{ sku: tee, units: units(2), line: lineId(order, 1), restock: false }],
  };
  const type = 'OrderAllocationReleaseRequested';
  deepStrictEqual(commandFor(recorded({ type, ...given } satisfies OrderIntent)), {
    command: { type: 'TakeBackAllocation', ...given },
    record: { type: 'TakeBackAllocation', ...by, input: type, cause: by.key },
  });
});

it('nothing else is asked of inventory', () =>
  deepStrictEqual(commandFor(recorded({ type: 'OrderPlaced' })), undefined));
