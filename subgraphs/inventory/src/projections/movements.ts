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

/** By where the event is now, not by its id: a log that was taken over keeps the ids it had. */
const movementId = (sku: string, version: number, index: number): string =>
  `${sku}\n${String(version).padStart(12, '0')}:${String(index).padStart(6, '0')}`;

export const movementsProjection = {
  name: 'movements',
  collections: [movementCollection],
  appendOnly: [movementCollection],

  keysOf({ stream, version, index }: Recorded) {
    if (prefixOfStream(stream) !== stockKind.prefix) return [];
    const id = movementId(idOfStream(stream), version, index);
    return [{ collection: movementCollection, id }];
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
