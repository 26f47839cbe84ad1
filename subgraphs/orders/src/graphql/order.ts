/** Types resolvers of orders: what of `OrderView` does not answer a field by its name. */
import { parseOrderId } from '@holdfast/schema/identifiers';
import { shownUnits } from '@holdfast/schema/quantities';
import { historyPageDefault, historyPageMax } from '../config.ts';
import type { HistoryEntry } from '../order/order.ts';
import type { OrderLineView, OrderView } from '../order/view.ts';
import type { OrdersContext } from './context.ts';
import { refused, requireRead } from './refused.ts';

type PageArguments = { readonly first?: number | null; readonly after?: string | null };

export type HistoryPage = {
  readonly nodes: readonly HistoryEntry[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string | null };
};

/** A position in a history that only grows, so it stays right. */
const encodeCursor = (position: number) => Buffer.from(`h${position}`).toString('base64url');

function decodeCursor(cursor: string): number {
  const [, position] = /^h([0-9]{1,9})$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (position === undefined)
    throw refused('BAD_USER_INPUT', 'after is not a cursor of a history.');
  return Number(position);
}

/** @throws GraphQLError BAD_USER_INPUT for a page that is too long or a cursor that is none */
export function historyPage(order: OrderView, { first, after }: PageArguments): HistoryPage {
  const limit = first ?? historyPageDefault;
  if (limit < 0 || limit > historyPageMax) {
    throw refused('BAD_USER_INPUT', `first must be 0 to ${historyPageMax}.`);
  }
  const from = after === undefined || after === null ? 0 : decodeCursor(after);
  const nodes = order.history.slice(from, from + limit);
  return {
    nodes,
    pageInfo: {
      hasNextPage: from + nodes.length < order.history.length,
      endCursor: nodes.length > 0 ? encodeCursor(from + nodes.length) : null,
    },
  };
}

export const orderFields = {
  history: historyPage,
  async __resolveReference({ id }: { readonly id: string }, context: OrdersContext) {
    requireRead(context.request.caller);
    const order = parseOrderId(id);
    return order ? ((await context.order(order)) ?? null) : null;
  },
};

export const orderLineFields = {
  quantity: (line: OrderLineView) => shownUnits(line.quantity),
  item: ({ sku }: OrderLineView) => ({ __typename: 'Item', sku }),
  // Nothing leaves before there are shipments, and no backorder is pegged to dated supply yet.
  shipped: () => 0,
  promisedAt: () => null,
};
