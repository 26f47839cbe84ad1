import { deepStrictEqual } from 'node:assert/strict';
import { defaultChannel } from '@holdfast/schema/identifiers';
import { units } from '@holdfast/schema/quantities';
import { expect, it } from 'vitest';
import { berlin } from './catalog/given.ts';
import { publicStockEvent, publicStockFact } from './publish.ts';
import type { StockEvent } from './stock/events.ts';
import { holdEnds, itemSaved, received, reservation, t0, tee } from './stock/given.ts';

const claim = reservation('R1');
const here = { location: berlin, reason: 'why' } as const;
const three = { claim, location: berlin, units: units(3) };
const hold = { ...three, expiresAt: holdEnds };
const sellable = { ...here, condition: 'SELLABLE' } as const;
const inspected = { ...three, type: 'StockAllocationReleased' } as const;

/** Each event with its public name, the units it tells of, and why. */
const table: readonly (readonly [StockEvent, string, number, string | undefined])[] = [
  [itemSaved(tee).event, 'item.saved', 0, 'class default'],
  [received(3).event, 'stock.received', 3, 'into SELLABLE'],
  [{ type: 'StockAdjusted', ...sellable, deltaUnits: -3 }, 'stock.adjusted', -3, 'SELLABLE: why'],
  [
    {
      ...{ type: 'StockCounted', ...sellable, countedUnits: units(7) },
      ...{ includesUpTo: t0, deltaUnits: -3 },
    },
    ...(['stock.counted', -3, 'SELLABLE counted as 7: why'] as const),
  ],
  [
    { type: 'StockMoved', ...here, units: units(3), from: 'SELLABLE', to: 'DAMAGED' },
    ...(['stock.moved', 3, 'SELLABLE to DAMAGED: why'] as const),
  ],
  [{ type: 'StockReserved', ...hold }, 'stock.reserved', 3, undefined],
  [
    { type: 'StockReservationExtended', ...hold, before: t0 },
    ...(['stock.reservation.extended', 0, undefined] as const),
  ],
  [{ type: 'StockReservationReleased', ...hold }, 'stock.reservation.released', -3, undefined],
  [{ type: 'StockReservationExpired', ...hold }, 'stock.reservation.expired', -3, undefined],
  [
    { type: 'StockReservationConverted', ...hold, allocation: reservation('R2') },
    ...(['stock.reservation.converted', 3, `into ${reservation('R2')}`] as const),
  ],
  [{ type: 'StockAllocated', ...three, backordered: false }, 'stock.allocated', 3, undefined],
  [
    { type: 'StockAllocated', ...three, backordered: true },
    ...(['stock.allocated', 3, 'the order had waited for it'] as const),
  ],
  [{ ...inspected, inspectedUnits: 0 }, 'stock.allocation.released', -3, 'restocked'],
  [{ ...inspected, inspectedUnits: 2 }, 'stock.allocation.released', -3, '2 to QUALITY_INSPECTION'],
  [
    { type: 'StockBackordered', claim, channel: defaultChannel, units: units(3) },
    ...(['stock.backordered', 3, undefined] as const),
  ],
  [
    { type: 'StockBackorderCancelled', claim, units: units(3) },
    ...(['stock.backorder.cancelled', -3, undefined] as const),
  ],
];

it.each(table)('%o is public', (event, type, count, why) => {
  const fact = publicStockFact(event);
  expect([fact.type, fact.units, fact.why]).toEqual([type, count, why]);
  expect(fact.location).toBe('location' in event ? event.location : undefined);
  if ('claim' in event) expect(fact.reference).toBe(event.claim);
});

it('every event has a name of its own', () => {
  const names = new Map(table.map(([{ type }, name]) => [type, name]));
  deepStrictEqual(new Set(names.values()).size, names.size);
});

it('names the document of a receipt', () => {
  const { event } = received(3);
  if (event.type !== 'StockReceived') throw new Error(event.type);
  expect(publicStockFact({ ...event, reference: 'PO 7' }).reference).toBe('PO 7');
});

const recorded = (event: StockEvent, stream = `sku/${tee}`) => ({
  ...{ event, stream, id: 'inventory:0:7:1', version: 7, index: 1, at: t0 },
  command: { type: 'Adjust', by: 'ann', actor: 'operator', trace: 'trace-1' },
});

it('is told to partners without a claim and without words of ours', () => {
  const adjusted = { type: 'StockAdjusted', ...sellable, deltaUnits: -3 } as const;
  expect(publicStockEvent(recorded(adjusted))).toEqual({
    ...{ specversion: '1.0', id: 'inventory:0:7:1', source: '/holdfast/inventory' },
    ...{ type: 'stock.adjusted', subject: tee, time: new Date(t0).toISOString() },
    ...{ datacontenttype: 'application/json', correlationid: 'trace-1' },
    data: { sku: tee, location: berlin, units: -3 },
  });
  const allocated = { type: 'StockAllocated', ...three, backordered: false } as const;
  expect(JSON.stringify(publicStockEvent(recorded(allocated)))).not.toContain(claim);
});

it('is not told of holds, nor of what is of no SKU', () => {
  expect(publicStockEvent(recorded({ type: 'StockReserved', ...hold }))).toBeUndefined();
  expect(publicStockEvent(recorded({ type: 'StockReservationExpired', ...hold }))).toBeUndefined();
  expect(publicStockEvent(recorded(itemSaved(tee).event, 'claim/R1'))).toBeUndefined();
});
