/** Orders as their owners know them: durable, and never a decision in flight. */
import { Overloaded, retryAfterMs } from '@holdfast/chassis/lane/lane';
import type { OrderId } from '@holdfast/schema/identifiers';
import { laneOfOrder, type OrderLanes } from './looks.ts';
import type { OrderView } from './order/view.ts';
import { orderStream } from './streams.ts';

export type OrderReader = {
  /** In the order asked; undefined for orders that do not exist. @throws Overloaded */
  read(ids: readonly OrderId[]): Promise<readonly (OrderView | undefined)[]>;
  /** One that is known to exist. @throws Overloaded, also where who was asked is behind */
  placed(id: OrderId): Promise<OrderView>;
};

export function orderReader(lanes: OrderLanes): OrderReader {
  /** Those of one lane together. */
  const readLane = async (lane: number, ids: readonly OrderId[]) => {
    const { shown } = await lanes.read(lane, ids.map(orderStream), 'orders', ids);
    return ids.map((id, at) => [id, shown[at]] as const);
  };

  const read: OrderReader['read'] = async (ids) => {
    const byLane = Map.groupBy(new Set(ids), (id) => laneOfOrder(id, lanes.count));
    const found = await Promise.all([...byLane].map(([lane, own]) => readLane(lane, own)));
    const views = new Map(found.flat());
    return ids.map((id) => views.get(id));
  };

  return {
    read,
    async placed(id) {
      const lane = laneOfOrder(id, lanes.count);
      const { shown, version } = await lanes.read(lane, [orderStream(id)], 'orders', [id]);
      const [view] = shown;
      if (view) return view;
      // Decided by a process without a lease, and the holder has not heard of it.
      if (version < lanes.knownVersion(lane)) throw new Overloaded(retryAfterMs, true);
      throw new Error(`${id} was accepted and does not exist`);
    },
  };
}
