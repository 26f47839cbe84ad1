/**
 * A change of the catalog may free units that orders wait for: less is kept back, or a channel has
 * one more location. No fact of a SKU says so, so each SKU that is waited for is looked at.
 */
import {
  createFollower,
  type Follower,
  type Following,
} from '@holdfast/chassis/following/follower';
import { sameTrace } from '@holdfast/schema/tracing';
import type { CatalogEvent } from './catalog/events.ts';
import { commandHandler, seenEverywhere } from './handle-command.ts';
import { catalogLane, inventoryContext, type Ledger } from './ledger.ts';
import type { InventoryReads } from './reads.ts';

const frees: ReadonlySet<string> = new Set<CatalogEvent['type']>([
  ...(['LocationSaved', 'ChannelSaved', 'ClassSaved'] as const),
]);

export const fillingName = 'inventory.fill-after-catalog';

export function fillAfterCatalog(
  { log, bus, readModel, clock, tracing }: Following,
  ledger: () => Ledger,
  reads: () => InventoryReads,
): Follower {
  return createFollower({
    name: fillingName,
    lanes: [{ context: inventoryContext, lane: catalogLane }],
    ...{ log, bus, readModel, clock, tracing },
    async handle(events) {
      const last = events.findLast(({ event }) => frees.has(event.type));
      if (!last) return;
      await reads().seesCatalog(log);
      await seenEverywhere(ledger(), clock, reads().catalog().version);
      // Who began to wait under the catalog before is in what is read now.
      await reads().upToDate();
      const handle = commandHandler(ledger(), clock);
      const record = { type: 'FillBackorders', by: 'policy:fill-after-catalog', actor: 'holdfast' };
      const why = { cause: last.id, ...sameTrace(last.command?.trace) };
      let after: string | undefined;
      do {
        const page = await reads().waitedFor(after);
        for (const sku of page.skus) {
          const command = { type: 'FillBackorders', sku } as const;
          await handle(command, { ...record, ...why }, 'nothing', undefined);
        }
        ({ after } = page);
      } while (after !== undefined);
    },
  });
}
