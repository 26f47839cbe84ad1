/**
 * Who acts on what a log says. An imported log has been acted on already, up to where the source's
 * followers stood: whoever began at its beginning would do again what its keys remember no more.
 */
import { inventoryPolicies } from '@holdfast/inventory/relane';
import { orderPolicies } from '@holdfast/orders/relane';

export type Policy = {
  /** Whose rows its position lies with. */
  readonly owner: 'inventory' | 'orders';
  readonly consumer: string;
  readonly follows: string;
  /** Runs only where there are several lanes. */
  readonly overLanes?: true;
};

export const policies: readonly Policy[] = [
  ...inventoryPolicies.map((policy) => ({ owner: 'inventory' as const, ...policy })),
  ...orderPolicies.map((policy) => ({ owner: 'orders' as const, ...policy })),
];
