/** Facts of stock in the words of the trade; one SKU at one location unless said otherwise. */
import {
  type ClaimId,
  defaultChannel,
  defaultClass,
  type LocationCode,
  parseSku,
  reservationId,
  type Sku,
} from '@holdfast/schema/identifiers';
import { type StockCondition, units } from '@holdfast/schema/quantities';
import { berlin, channelCode, classCode, stores } from '../catalog/given.ts';
import type { StockEvent } from './events.ts';

/** When specs happen, and when holds end that do not say otherwise. */
export const t0 = Date.UTC(2026, 0, 1);
export const seconds = (count: number) => count * 1_000;
export const holdEnds = t0 + seconds(900);

export const sku = (text: string): Sku => {
  const parsed = parseSku(text);
  if (parsed === undefined) throw new Error(`not a SKU: ${text}`);
  return parsed;
};
export const [tee, mug] = [sku('TEE'), sku('MUG')];

/** `R1` to `R9`, as ids. */
export const reservation = (name: string): ClaimId =>
  reservationId(`00000000-0000-7000-8000-${name.slice(1).padStart(12, '0')}`, 'abcd');

/** Of TEE in Berlin unless said otherwise. */
export type Where = { readonly of?: Sku; readonly at?: LocationCode };

export const ofStock = (of: Sku, event: StockEvent) => ({ stream: `sku/${of}`, event });

export const itemSaved = (of: Sku, productClass: string = defaultClass) =>
  ofStock(of, {
    ...{ type: 'ItemSaved', sku: of, name: undefined, productClass: classCode(productClass) },
  });

/** Two stores, two items, no stock. */
export const shop = [...stores, itemSaved(tee), itemSaved(mug)];

export const received = (
  count: number,
  { of = tee, at = berlin, condition = 'SELLABLE' }: Where & { condition?: StockCondition } = {},
) =>
  ofStock(of, {
    ...{ type: 'StockReceived', location: at, condition, units: units(count) },
    reference: undefined,
  });

export const lost = (count: number, { of = tee, at = berlin }: Where = {}) =>
  ofStock(of, {
    ...{ type: 'StockAdjusted', location: at, condition: 'SELLABLE', deltaUnits: -count },
    reason: 'lost',
  });

export const reserved = (
  name: string,
  count: number,
  { of = tee, at = berlin, ends = holdEnds }: Where & { ends?: number } = {},
) =>
  ofStock(of, {
    ...{ type: 'StockReserved', claim: reservation(name), location: at, units: units(count) },
    expiresAt: ends,
  });

export const allocated = (claim: ClaimId, count: number, { of = tee, at = berlin }: Where = {}) =>
  ofStock(of, {
    ...{ type: 'StockAllocated', claim, location: at, units: units(count), backordered: false },
  });

export const backordered = (
  claim: ClaimId,
  count: number,
  { of = tee, channel = defaultChannel as string }: { of?: Sku; channel?: string } = {},
) =>
  ofStock(of, {
    ...{ type: 'StockBackordered', claim, channel: channelCode(channel), units: units(count) },
  });
