/** The audit trail: one line for each fact of a SKU, with its cause. */
import type { Recorded } from '@holdfast/chassis/commit';
import { idOfStream, prefixOfStream } from '@holdfast/chassis/stream-kind';
import type { LocationCode, Sku } from '@holdfast/schema/identifiers';
import { publicStockFact } from '../publish.ts';
import type { StockEvent } from '../stock/events.ts';
import { stockKind } from '../stock/stock.ts';

export type StockMovement = {
  readonly id: string;
  readonly type: string;
  /** Milliseconds since 1970, UTC. */
  readonly at: number;
  readonly sku: Sku;
  readonly location: LocationCode | undefined;
  readonly units: number;
  readonly actor: string;
  readonly cause: string;
  readonly reference: string | undefined;
};

export const movementCollection = 'movements';

/** Movements of one SKU lie together, in the order of the log. */
export const movementPrefix = (sku: Sku): string => `${sku}\n`;

/** @param eventId `inventory:<lane>:<version>:<index>` */
function movementId(sku: string, eventId: string): string {
  const [, , version = '', index = ''] = eventId.split(':');
  return `${sku}\n${version.padStart(12, '0')}:${index.padStart(6, '0')}`;
}

export const movementsProjection = {
  name: 'movements',
  collections: [movementCollection],
  appendOnly: [movementCollection],

  keysOf({ stream, id }: Recorded) {
    if (prefixOfStream(stream) !== stockKind.prefix) return [];
    return [{ collection: movementCollection, id: movementId(idOfStream(stream), id) }];
  },

  evolve(
    _: StockMovement | undefined,
    { event, id, stream, at, command }: Recorded,
  ): StockMovement {
    const { type, location, units, why, reference } = publicStockFact(event as StockEvent);
    const asked = command?.type ?? 'unknown';
    return {
      ...{ id, type, at, sku: idOfStream(stream) as Sku, location, units, reference },
      actor: command?.actor ?? 'unknown',
      cause: why === undefined ? asked : `${asked}: ${why}`,
    };
  },
};
