/**
 * The catalog as this process has it. Held here: it is part of every answer, and must not be what
 * memory forgets.
 */

import type { EventLog } from '@holdfast/chassis/log/event-log';
import { caughtUp } from '@holdfast/chassis/projecting/caught-up';
import type { Projector } from '@holdfast/chassis/projecting/projector';
import { catalogId, emptyCatalog } from './catalog/catalog.ts';
import { catalogLane, inventoryContext } from './ledger.ts';
import {
  type AvailabilityDocument,
  type CatalogDocument,
  catalogCollection,
} from './projections/availability.ts';

export type HeldCatalog = {
  /** What has been seen of it, and the place in the log of its last change. */
  now(): CatalogDocument;
  /** Reads what this process has folded in an earlier life. */
  read(): Promise<void>;
  /** Resolves when it includes everything that is in its log now. */
  sees(log: EventLog): Promise<void>;
};

export function heldCatalog(availability: Projector<AvailabilityDocument>): HeldCatalog {
  let held: CatalogDocument = { catalog: emptyCatalog(), place: 0 };

  const hold = (known: AvailabilityDocument | undefined) => {
    if (!known || !('catalog' in known)) return;
    // Never an older one, also while the log is folded from its beginning.
    if (known.catalog.version >= held.catalog.version) held = known;
  };
  const read = async () => {
    const [known] = await availability.read(catalogCollection, [catalogId]);
    hold(known);
  };
  availability.onApplied((_, changed) => {
    if (!changed.some(({ collection }) => collection === catalogCollection)) return;
    hold(availability.peek(catalogCollection, catalogId)?.document);
  });

  return {
    now: () => held,
    read,
    async sees(log) {
      await caughtUp(availability, log, { context: inventoryContext, lane: catalogLane });
      // Of what was folded in an earlier life nothing is applied.
      await read();
    },
  };
}
