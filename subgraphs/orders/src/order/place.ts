/**
 * Placing: the order stands, has its number, and asks inventory for its stock, all in one commit.
 */
import { accept } from '@holdfast/chassis/decider';
import {
  allocationId,
  type ChannelCode,
  type ClaimId,
  homePlace,
  lineId,
  type OrderId,
  type Sku,
} from '@holdfast/schema/identifiers';
import type { Money } from '@holdfast/schema/money';
import type { Units } from '@holdfast/schema/quantities';
import type { OrderAnswer, OrderDecision } from './decide.ts';
import type { OrderEvent, OrderNumberTaken, Owner, Payment } from './events.ts';
import { type Numbers, orderNumber } from './number.ts';
import { unitsPerSku } from './units-per-sku.ts';

export type WantedOrderLine = {
  readonly sku: Sku;
  readonly units: Units;
  readonly unitPrice: Money | undefined;
};

export type PlaceOrder = {
  readonly type: 'PlaceOrder';
  readonly order: OrderId;
  readonly lane: number;
  readonly owner: Owner;
  readonly channel: ChannelCode;
  readonly reservation: ClaimId | undefined;
  /** No two of the same SKU and price. */
  readonly lines: readonly WantedOrderLine[];
  readonly total: Money | undefined;
  readonly payment: Payment | undefined;
  readonly personal: string;
};

export function place(command: PlaceOrder, numbers: Numbers): OrderDecision {
  const { order, owner, channel, reservation, total, payment, personal } = command;
  const lines = command.lines.map((line, at) => ({ line: lineId(order, at + 1), ...line }));
  const claim = allocationId(order, homePlace(lines.map(({ sku }) => sku)));
  const count = numbers.taken + 1;
  // A storefront's key is public: what it says of prices and payment proves nothing (INTERFACE
  // "Who").
  const believed = owner.role !== 'storefront';
  const needsPayment = !believed || (total !== undefined && total.amount > 0);
  const events: OrderEvent[] = [
    {
      ...{ type: 'OrderPlaced', order, number: orderNumber(command.lane, count), owner, channel },
      ...{ reservation, claim, lines, total, needsPayment, payment, personal },
    },
  ];
  if (believed && payment) events.push({ type: 'OrderPaymentAuthorized', payment });
  events.push({
    ...{ type: 'OrderAllocationRequested', order, claim, channel, reservation },
    lines: unitsPerSku(lines),
  });
  return accept<OrderEvent | OrderNumberTaken, OrderAnswer>(
    [
      { stream: `order/${order}`, begins: true, events },
      { stream: `numbers/${command.lane}`, events: [{ type: 'OrderNumberTaken', count }] },
    ],
    { order },
  );
}
