/** What a fact is called in public, and what it says of a position; pure. Names: DESIGN 3. */

import type { Recorded } from '@holdfast/chassis/commit';
import { unreachable } from '@holdfast/chassis/decider';
import type { CloudEvent } from '@holdfast/chassis/publishing/cloud-event';
import { idOfStream, prefixOfStream } from '@holdfast/chassis/stream-kind';
import { causesOf } from '@holdfast/schema/event-causes';
import type { LocationCode } from '@holdfast/schema/identifiers';
import type { StockEvent } from './stock/events.ts';
import { stockKind } from './stock/stock.ts';

export type StockFact = {
  /** The public name. */
  readonly type: string;
  readonly location: LocationCode | undefined;
  /** Units concerned; negative where stock or a commitment left. */
  readonly units: number;
  /** Why, for a person, as far as the fact itself says. */
  readonly why: string | undefined;
  /** The claim behind it. */
  readonly reference: string | undefined;
};

const source = '/holdfast/inventory';

/** A hold is its buyer's affair (DESIGN 3). */
const ofHolds = /^stock\.(reserved$|reservation\.)/;

/**
 * A stock fact as partners hear it. Undefined for holds, and for what is of no SKU. It names no
 * claim, whose id opens it, and repeats nobody's words.
 */
export function publicStockEvent(recorded: Recorded): CloudEvent | undefined {
  const { stream, event, id, at, command } = recorded;
  if (prefixOfStream(stream) !== stockKind.prefix) return undefined;
  const { type, location, units } = publicStockFact(event as StockEvent);
  if (ofHolds.test(type)) return undefined;
  const sku = idOfStream(stream);
  return {
    ...{ specversion: '1.0', id, source, type, subject: sku, time: new Date(at).toISOString() },
    datacontenttype: 'application/json',
    ...causesOf(command),
    data: { sku, location, units },
  };
}

type Parts = Partial<StockFact>;
const fact = (type: string, units: number, parts: Parts = {}): StockFact => ({
  ...{ type, units, location: undefined, why: undefined, reference: undefined },
  ...parts,
});

export function publicStockFact(event: StockEvent): StockFact {
  switch (event.type) {
    case 'ItemSaved':
      return fact('item.saved', 0, { why: `class ${event.productClass}` });
    case 'StockReceived': {
      const why = `into ${event.condition}`;
      return fact('stock.received', event.units, {
        location: event.location,
        why,
        reference: event.reference,
      });
    }
    case 'StockAdjusted': {
      const { location, condition, deltaUnits, reason } = event;
      return fact('stock.adjusted', deltaUnits, { location, why: `${condition}: ${reason}` });
    }
    case 'StockCounted': {
      const { location, condition, countedUnits, deltaUnits, reason } = event;
      return fact('stock.counted', deltaUnits, {
        location,
        why: `${condition} counted as ${countedUnits}: ${reason}`,
      });
    }
    case 'StockMoved': {
      const { location, from, to, units, reason } = event;
      return fact('stock.moved', units, { location, why: `${from} to ${to}: ${reason}` });
    }
    default:
      return publicCommitment(event);
  }
}

type Physical = 'ItemSaved' | 'StockReceived' | 'StockAdjusted' | 'StockCounted' | 'StockMoved';

function publicCommitment(event: Exclude<StockEvent, { type: Physical }>): StockFact {
  const reference = event.claim;
  switch (event.type) {
    case 'StockReserved':
      return fact('stock.reserved', event.units, { location: event.location, reference });
    case 'StockReservationExtended':
      return fact('stock.reservation.extended', 0, { location: event.location, reference });
    case 'StockReservationReleased':
      return fact('stock.reservation.released', -event.units, {
        location: event.location,
        reference,
      });
    case 'StockReservationExpired':
      return fact('stock.reservation.expired', -event.units, {
        location: event.location,
        reference,
      });
    case 'StockReservationConverted': {
      const why = `into ${event.allocation}`;
      const { location, units } = event;
      return fact('stock.reservation.converted', units, { location, reference, why });
    }
    case 'StockReservationPassed': {
      const why = `to ${event.to}`;
      return fact('stock.reservation.passed', 0, { location: event.location, reference, why });
    }
    case 'StockAllocated': {
      const why = event.backordered ? 'the order had waited for it' : undefined;
      return fact('stock.allocated', event.units, { location: event.location, reference, why });
    }
    case 'StockAllocationReleased': {
      const { location, units, inspectedUnits } = event;
      const why = inspectedUnits > 0 ? `${inspectedUnits} to QUALITY_INSPECTION` : 'restocked';
      return fact('stock.allocation.released', -units, { location, reference, why });
    }
    case 'StockBackordered':
      return fact('stock.backordered', event.units, { reference });
    case 'StockBackorderCancelled':
      return fact('stock.backorder.cancelled', -event.units, { reference });
    default:
      return unreachable(event);
  }
}
