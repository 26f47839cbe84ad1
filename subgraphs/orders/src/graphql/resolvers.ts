/** The map from the contract to what answers it; one line a field. */
import { parseOrderId } from '@holdfast/schema/identifiers';
import { traceOf } from '@holdfast/schema/tracing';
import { mayChange } from '../order/owner.ts';
import type { OrdersContext } from './context.ts';
import type { Mutation, Mutations, RawInput } from './mutations.ts';
import { orderFields, orderLineFields } from './order.ts';
import { order, orderByNumber } from './queries.ts';
import { refused, requireRead } from './refused.ts';
import { dateTime, minorUnits } from './scalars.ts';
import type { OrderMessage } from './subscriptions.ts';

const mutation =
  (pick: (mutations: Mutations) => Mutation) =>
  async (_: unknown, { input }: { readonly input: RawInput }, { door, request }: OrdersContext) => {
    const trace = traceOf(request);
    const answered = await pick(door.mutations)(input, request.caller, trace);
    const { payload, version, elsewhere } = answered;
    if (elsewhere) request.askElsewhere?.();
    if (version !== undefined && 'order' in payload) {
      request.cursors.push(`orders:${door.laneOf(payload.order.id)}:${version}`);
    }
    return payload;
  };

type LiveArguments = { readonly orderId: string; readonly after?: string | null };

async function orderChanged(
  _: unknown,
  { orderId, after }: LiveArguments,
  { door, request: { caller } }: OrdersContext,
) {
  requireRead(caller);
  const id = parseOrderId(orderId);
  const messages =
    id && (await door.messages(id, ({ owner }) => mayChange(caller, owner), after ?? undefined));
  if (!messages) throw refused('NOT_FOUND', 'There is no such order for you.');
  return messages;
}

export const resolvers = {
  DateTime: dateTime,
  MinorUnits: minorUnits,
  Order: orderFields,
  OrderLine: orderLineFields,
  Query: { order, orderByNumber },
  Mutation: {
    placeOrder: mutation(({ placeOrder }) => placeOrder),
    cancelOrder: mutation(({ cancelOrder }) => cancelOrder),
    recordPayment: mutation(({ recordPayment }) => recordPayment),
  },
  Subscription: {
    orderChanged: { subscribe: orderChanged, resolve: (message: OrderMessage) => message },
  },
};
