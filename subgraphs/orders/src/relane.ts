/** Where orders' facts belong in another number of lanes. Pure. */
import type { PlaceCommand } from '@holdfast/chassis/stored/relane';
import { idOfStream, prefixOfStream } from '@holdfast/chassis/stream-kind';
import { laneOfPlace, type OrderId, placeOfKey } from '@holdfast/schema/identifiers';
import { laneOfOrder } from './looks.ts';
import { policyName } from './policies/note-inventory-facts.ts';
import { numbers, orders } from './streams.ts';

/** Who acts on logs, under the name that its positions have. */
export const orderPolicies = [{ consumer: policyName, follows: 'inventory' }] as const;

/**
 * A number says which lane has counted it. So the counters stay what they are, each in the lane
 * that its numbers name; lanes that are new begin to count at 1, with numbers of their own.
 */
function laneOfStream(stream: string, laneCount: number): number {
  const id = idOfStream(stream);
  switch (prefixOfStream(stream)) {
    case orders.prefix:
      return laneOfOrder(id as OrderId, laneCount);
    case numbers.prefix:
      return Number(id);
    default:
      throw new Error(`${stream} is no stream of orders`);
  }
}

export const placeOrders: PlaceCommand = ({ record, stream, facts }, laneCount) => ({
  // As `createPlaceOrder` looks for it; the id of an order that was placed says the same.
  home:
    record?.type === 'PlaceOrder' && record.key !== undefined
      ? laneOfPlace(placeOfKey(record.by, record.key), laneCount)
      : laneOfStream(stream, laneCount),
  facts: facts.map((fact) => ({ ...fact, lane: laneOfStream(fact.stream, laneCount) })),
});
