import { parseOrderId } from '@holdfast/schema/identifiers';
import { isOrderNumber } from '../order/number.ts';
import type { OrderView } from '../order/view.ts';
import type { OrdersContext } from './context.ts';
import { requireNoStorefront, requireRead } from './refused.ts';

/** Foreign, absent and malformed look alike. */
export async function order(
  _: unknown,
  { id }: { readonly id: string },
  context: OrdersContext,
): Promise<OrderView | null> {
  requireRead(context.request.caller);
  const known = parseOrderId(id);
  return known ? ((await context.order(known)) ?? null) : null;
}

export async function orderByNumber(
  _: unknown,
  { number }: { readonly number: string },
  context: OrdersContext,
): Promise<OrderView | null> {
  const { caller } = context.request;
  requireNoStorefront(caller);
  requireRead(caller);
  const id = isOrderNumber(number) ? await context.door.orderWithNumber(number) : undefined;
  return id ? ((await context.order(id)) ?? null) : null;
}
