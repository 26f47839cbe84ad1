/** Orders as their owner knows them: durable, and never a decision in flight. */
import type { Lane } from '@holdfast/chassis/lane';
import type { OrderId } from '@holdfast/schema/identifiers';
import { type OrderView, viewOrder } from './order/view.ts';
import { type LaneOrderCommand, orderStream, orders } from './streams.ts';

export type OrderReader = {
  /** In the order asked; undefined for orders that do not exist. @throws Overloaded */
  read(ids: readonly OrderId[]): Promise<readonly (OrderView | undefined)[]>;
  /** One that is known to exist. */
  placed(id: OrderId): Promise<OrderView>;
};

export function orderReader(lane: Lane<LaneOrderCommand>): OrderReader {
  const read: OrderReader['read'] = (ids) =>
    lane.read(ids.map(orderStream), (view) => ids.map((id) => viewOrder(view.get(orders, id))));

  return {
    read,
    async placed(id) {
      const [view] = await read([id]);
      if (!view) throw new Error(`${id} was accepted and does not exist`);
      return view;
    },
  };
}
