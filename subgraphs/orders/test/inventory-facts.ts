/** What inventory may say, as tests want it said. */
import type {
  AllocationMade,
  InventoryFact,
  OrderAllocationRequested,
  ShortSku,
} from '@holdfast/schema/events';
import {
  defaultChannel,
  defaultClass,
  parseChannelCode,
  parseClaimId,
  parseLocationCode,
  parseSku,
} from '@holdfast/schema/identifiers';
import { units } from '@holdfast/schema/quantities';
import type { Answer } from './orders-world.ts';

const certain = <Value>(value: Value | undefined): Value => {
  if (value === undefined) throw new Error('a test names something malformed');
  return value;
};

export const sku = (code: string) => certain(parseSku(code));
export const claim = (id: string) => certain(parseClaimId(id));
export const location = certain(parseLocationCode('W1'));

export const itemSaved = (code: string): InventoryFact => ({
  ...{ type: 'ItemSaved', sku: sku(code), name: undefined, productClass: defaultClass },
});

export const channelSaved = (code: string): InventoryFact => ({
  ...{ type: 'ChannelSaved', code: certain(parseChannelCode(code)), name: code, locations: [] },
});

export const reservationMade = (
  id: string,
  lines: readonly (readonly [sku: string, units: number])[],
  channel: string = defaultChannel,
): InventoryFact => ({
  ...{ type: 'ReservationMade', claim: claim(id), channel: certain(parseChannelCode(channel)) },
  ...{ buyer: undefined, expiresAt: 0, latestExpiresAt: 0 },
  lines: lines.map(([code, count]) => ({ sku: sku(code), location, units: units(count) })),
});

export type AllocationOptions = {
  readonly graceSeconds?: number;
  /** Units there are of each SKU; the rest waits. */
  readonly thereUnits?: number;
};

export function allocationMade(
  request: Pick<OrderAllocationRequested, 'claim' | 'order' | 'channel' | 'lines'>,
  { graceSeconds = 900, thereUnits = Number.POSITIVE_INFINITY }: AllocationOptions = {},
): AllocationMade {
  const { claim: id, order, channel } = request;
  const split = request.lines.map(({ sku: code, units: asked }) => {
    const there = Math.min(asked, thereUnits);
    return { sku: code, location, there, waiting: asked - there };
  });
  return {
    ...{ type: 'AllocationMade', claim: id, order, channel, paymentGraceSeconds: graceSeconds },
    lines: split
      .filter(({ there }) => there > 0)
      .map(({ sku: code, there }) => ({ sku: code, location, units: units(there) })),
    backordered: split
      .filter(({ waiting }) => waiting > 0)
      .map(({ sku: code, waiting }) => ({ sku: code, units: units(waiting) })),
  };
}

/** Answers requests with an allocation. */
export const allocates =
  (options: AllocationOptions = {}): Answer =>
  (request) =>
    request.type === 'OrderAllocationRequested' ? allocationMade(request, options) : undefined;

/** Answers requests with a refusal. */
export const refuses =
  (
    shortfalls: readonly ShortSku[],
    reason: 'InsufficientStock' | 'ReservationGone' = 'InsufficientStock',
  ): Answer =>
  (request) =>
    request.type === 'OrderAllocationRequested'
      ? {
          ...{ type: 'AllocationRefused', claim: request.claim, order: request.order },
          ...{ reason, shortfalls },
        }
      : undefined;
