/** Inventory's answers to the requests of orders -> commands of the order process. Pure. */
import type { DomainEvent, Recorded } from '@holdfast/chassis/commit';
import type { LaneCommand } from '@holdfast/chassis/lane/lane';
import type {
  AllocationMade,
  AllocationRefused,
  AllocationReleased,
  BackorderFilled,
} from '@holdfast/schema/events';
import type { OrderId } from '@holdfast/schema/identifiers';
import { sameTrace } from '@holdfast/schema/tracing';
import type { NoteFact } from '../process/allocation.ts';

type ForOrder = AllocationMade | AllocationRefused | BackorderFilled;

const forOrders: ReadonlySet<string> = new Set<ForOrder['type']>([
  'AllocationMade',
  'AllocationRefused',
  'BackorderFilled',
]);

/**
 * The other context wrote what schema/events says; its log is checked by its hash chain, not here
 * again.
 */
const isForOrder = (event: DomainEvent): event is ForOrder => forOrders.has(event.type);

export const policyName = 'policy:note-inventory-facts';

/**
 * The command that a fact asks for, or undefined when it is not for orders. The same fact gives the
 * same key.
 */
export function commandFor({ event, id, command }: Recorded): LaneCommand<OrderTold> | undefined {
  if (!isForOrder(event)) return undefined;
  return {
    command: { type: 'NoteFact', fact: event, id, order: event.order },
    record: {
      ...{ type: 'NoteFact', by: policyName, actor: 'holdfast' },
      ...{ key: id, input: 'fact', cause: id, ...sameTrace(command?.trace) },
    },
    streams: [`order/${event.order}`],
  };
}

export type OrderTold = NoteFact & { readonly order: ForOrder['order'] };

/** The order whose units inventory has taken back, when that is what the event says. */
export const releasedOrder = ({ event }: Recorded): OrderId | undefined =>
  isReleased(event) ? event.order : undefined;

const isReleased = (event: DomainEvent): event is AllocationReleased =>
  event.type === 'AllocationReleased';
