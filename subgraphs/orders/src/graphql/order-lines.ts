/** What the lines of an order come to: its total, and one line for each SKU and price. */
import type { Sku } from '@holdfast/schema/identifiers';
import type { Money } from '@holdfast/schema/money';
import { positionUnitsMax, type Units, units } from '@holdfast/schema/quantities';
import type { Payment } from '../order/events.ts';
import { amountRefusal } from '../order/record-payment.ts';
import type { LineWish } from '../order-wish.ts';

export type AskedLine = {
  readonly sku: Sku;
  readonly quantity: Units;
  readonly unitPrice: Money | undefined;
};

type Refused = {
  readonly type: 'refused';
  readonly message: string;
  readonly path: (string | number)[];
};

/** Lines of one SKU and one price are one; other prices stay apart. */
export function mergeLines(
  asked: readonly AskedLine[],
): { readonly type: 'merged'; readonly lines: readonly LineWish[] } | Refused {
  const merged = new Map<string, LineWish>();
  const unitsOfSku = new Map<Sku, number>();
  for (const [position, { sku, quantity, unitPrice }] of asked.entries()) {
    const sum = (unitsOfSku.get(sku) ?? 0) + quantity;
    if (sum > positionUnitsMax) {
      const message = `comes to more than ${positionUnitsMax} units of one SKU.`;
      return { type: 'refused', message, path: ['lines', position, 'quantity'] };
    }
    unitsOfSku.set(sku, sum);
    const name = JSON.stringify([sku, unitPrice?.amount, unitPrice?.currency]);
    const before = merged.get(name);
    merged.set(name, {
      ...{ sku, unitPrice, position: before?.position ?? position },
      units: units((before?.units ?? 0) + quantity),
    });
  }
  return { type: 'merged', lines: [...merged.values()] };
}

/** Null prices add nothing; without any price there is no total. */
export function totalOf(
  asked: readonly AskedLine[],
  payment: Payment | undefined,
): { readonly type: 'total'; readonly total: Money | undefined } | Refused {
  let total: Money | undefined;
  for (const [position, { quantity, unitPrice }] of asked.entries()) {
    if (!unitPrice) continue;
    const path = ['lines', position, 'unitPrice'];
    const currency = total?.currency ?? unitPrice.currency;
    if (unitPrice.currency !== currency) {
      const message = 'must be in the currency of the other lines.';
      return { type: 'refused', message, path: [...path, 'currency'] };
    }
    const amount = (total?.amount ?? 0) + unitPrice.amount * quantity;
    // Beyond 2^53 the sum of two whole numbers is no longer exact.
    if (!Number.isSafeInteger(amount)) {
      return { type: 'refused', message: 'brings the total to 2^53 or more.', path };
    }
    total = { amount, currency };
  }
  const refusal = payment?.amount && amountRefusal(payment.amount, total);
  if (refusal) {
    return { type: 'refused', message: `does not pay: ${refusal}`, path: ['payment', 'amount'] };
  }
  return { type: 'total', total };
}
