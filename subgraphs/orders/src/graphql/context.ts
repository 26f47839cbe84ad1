/** What resolvers work with; made once per request. */
import { orOverloaded } from '@holdfast/chassis/lane/or-overloaded';
import type { OrderId } from '@holdfast/schema/identifiers';
import type { SubgraphRequest } from '@holdfast/schema/subgraph';
import DataLoader from 'dataloader';
import { mayChange } from '../order/owner.ts';
import type { OrderView } from '../order/view.ts';
import type { OrderReader } from '../order-reader.ts';
import type { Mutations } from './mutations.ts';
import type { OrderMessages } from './subscriptions.ts';

/** What `app.ts` gives to every request. */
export type OrdersDoor = {
  readonly mutations: Mutations;
  readonly reader: OrderReader;
  /** The lane that an order's id names. */
  laneOf(id: OrderId): number;
  /** The order that a number names, as of now. */
  orderWithNumber(number: string): Promise<OrderId | undefined>;
  readonly messages: OrderMessages;
};

export type OrdersContext = {
  readonly request: SubgraphRequest;
  readonly door: OrdersDoor;
  /**
   * Undefined for an order that does not exist or is not the caller's. @throws GraphQLError
   * OVERLOADED
   */
  order(id: OrderId): Promise<OrderView | undefined>;
};

export function createContext(door: OrdersDoor, request: SubgraphRequest): OrdersContext {
  const { caller } = request;
  const loader = new DataLoader<OrderId, OrderView | undefined>((ids) =>
    orOverloaded(door.reader.read(ids), request),
  );
  return {
    request,
    door,
    async order(id) {
      const view = await loader.load(id);
      return view && mayChange(caller, view.owner) ? view : undefined;
    },
  };
}
