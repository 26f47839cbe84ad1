/**
 * The smallest inventory that an order can have: one claim, bound once and given back; for the
 * property test.
 */
import type {
  AllocationMade,
  AllocationRefused,
  BackorderFilled,
  OrderAllocationRequested,
  OrderIntent,
} from '@holdfast/schema/events';
import { parseLocationCode, type Sku } from '@holdfast/schema/identifiers';
import { units } from '@holdfast/schema/quantities';
import { claim, order } from '../order/given.ts';

export type InventoryModel = {
  /** Hears an intent; its answer, if any, waits in `facts`. */
  hear(intent: OrderIntent): void;
  /** Binds up to `count` units of what waits. */
  fill(sku: Sku, count: number): void;
  /** Answers that orders have not heard yet, oldest first. */
  readonly facts: (AllocationMade | AllocationRefused | BackorderFilled)[];
  allocated(sku: Sku): number;
  backordered(sku: Sku): number;
};

const refused: AllocationRefused = {
  ...{ type: 'AllocationRefused', claim, order, reason: 'InsufficientStock', shortfalls: [] },
};
const location = parseLocationCode('W1')!;

const linesOf = (of: Map<Sku, number>) =>
  [...of].filter(([, count]) => count > 0).map(([sku, count]) => ({ sku, units: units(count) }));

function take(of: Map<Sku, number>, sku: Sku, wanted: number): number {
  const taken = Math.min(of.get(sku) ?? 0, wanted);
  of.set(sku, (of.get(sku) ?? 0) - taken);
  return taken;
}

/** @param there units of each SKU that can be bound at once; undefined: it refuses */
export function inventoryModel(there: number | undefined, graceSeconds: number): InventoryModel {
  const bound = new Map<Sku, number>();
  const waiting = new Map<Sku, number>();
  const facts: InventoryModel['facts'] = [];
  let phase: 'open' | 'bound' | 'ended' = 'open';

  const allocate = ({ channel, lines: wanted }: OrderAllocationRequested) => {
    if (there === undefined) {
      phase = 'ended';
      return facts.push(refused);
    }
    phase = 'bound';
    for (const { sku, units: asked } of wanted) {
      bound.set(sku, Math.min(asked, there));
      waiting.set(sku, asked - Math.min(asked, there));
    }
    return facts.push({
      ...{ type: 'AllocationMade', claim, order, channel, paymentGraceSeconds: graceSeconds },
      lines: linesOf(bound).map((line) => ({ ...line, location })),
      backordered: linesOf(waiting),
    });
  };

  return {
    facts,
    hear(intent) {
      if (intent.type === 'OrderAllocationRequested') {
        if (phase === 'open') allocate(intent);
        return;
      }
      if (intent.whole) {
        phase = 'ended';
        bound.clear();
        waiting.clear();
        return;
      }
      if (phase !== 'bound') throw new Error('units are asked back that were never bound');
      for (const { sku, units: back } of intent.lines) {
        const given = take(waiting, sku, back);
        if (given + take(bound, sku, back - given) !== back) throw new Error('more than there is');
      }
    },
    fill(sku, count) {
      const filled = take(waiting, sku, count);
      if (filled === 0) return;
      bound.set(sku, (bound.get(sku) ?? 0) + filled);
      facts.push({
        ...{ type: 'BackorderFilled', claim, order },
        lines: [{ sku, location, units: units(filled) }],
      });
    },
    allocated: (sku) => bound.get(sku) ?? 0,
    backordered: (sku) => waiting.get(sku) ?? 0,
  };
}
