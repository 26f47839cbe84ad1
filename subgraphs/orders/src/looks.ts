/** What the owners of orders show of their streams, by name: see `Looks`. */
import type { Lanes } from '@holdfast/chassis/owning/lanes';
import type { View } from '@holdfast/chassis/stream-kind';
import { laneOfPlace, type OrderId, placeOfId } from '@holdfast/schema/identifiers';
import { type OrderView, viewOrder } from './order/view.ts';
import { type LaneOrderCommand, orderStream, orders } from './streams.ts';

export const orderLooks = {
  nothing: () => undefined,

  order: (view: View, _at: number, _: unknown, id: OrderId): OrderView | undefined =>
    viewOrder(view.get(orders, id)),

  /** The order as it was placed just now; of a retry it may not be in memory. */
  placed: (view: View, _at: number, _: unknown, id: OrderId | undefined): OrderView | undefined =>
    id && view.has(orderStream(id)) ? viewOrder(view.get(orders, id)) : undefined,

  orders: (view: View, _at: number, _: unknown, ids: readonly OrderId[]) =>
    ids.map((id) => viewOrder(view.get(orders, id))),
} as const;

export type OrderLooks = typeof orderLooks;

export type OrderLanes = Lanes<LaneOrderCommand, OrderLooks>;

/** The lane that an order's id names. */
export const laneOfOrder = (id: OrderId, laneCount: number): number =>
  laneOfPlace(placeOfId(id), laneCount);
