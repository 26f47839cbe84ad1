/** Which order has a number. Pure. */
import type { DomainEvent } from '@holdfast/chassis/commit';
import type { Projection } from '@holdfast/chassis/projecting/projector';
import type { OrderId } from '@holdfast/schema/identifiers';
import type { OrderPlaced } from '../order/events.ts';

export const orderNumbers = 'orders.numbers';

const isOrderPlaced = (event: DomainEvent): event is OrderPlaced => event.type === 'OrderPlaced';

export type NumberOfOrder = { readonly order: OrderId };

export const numberOfOrder: Projection<NumberOfOrder> = {
  name: 'orders.order-numbers',
  collections: [orderNumbers],
  appendOnly: [orderNumbers],
  keysOf: ({ event }) =>
    isOrderPlaced(event) ? [{ collection: orderNumbers, id: event.number }] : [],
  evolve: (known, { event }) => (isOrderPlaced(event) ? { order: event.order } : known),
};
