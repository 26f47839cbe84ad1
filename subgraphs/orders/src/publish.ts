/**
 * An order's fact as the public hears it: a CloudEvent 1.0 (DESIGN 3). Pure. It names no person,
 * price or payment.
 */

import type { Recorded } from '@holdfast/chassis/commit';
import type { CloudEvent } from '@holdfast/chassis/publishing/cloud-event';
import { idOfStream, prefixOfStream } from '@holdfast/chassis/stream-kind';
import { causesOf } from '@holdfast/schema/event-causes';
import type { OrderEvent } from './order/events.ts';
import { describe } from './order/history.ts';

/**
 * What is public of a fact beside its name: SKUs and units, never who, where to, or how much was
 * paid.
 */
type PublicData = {
  readonly order: string;
  readonly number?: string;
  readonly channel?: string;
  readonly lines?: readonly object[];
  readonly reason?: string;
};

type OrderCloudEvent = CloudEvent & { readonly data: PublicData };

const source = '/holdfast/orders';

/** Undefined for what is of no order: numbers, and what inventory said. */
export const publicOrderEvent = (recorded: Recorded): OrderCloudEvent | undefined =>
  prefixOfStream(recorded.stream) === 'order'
    ? publish(recorded as Recorded<OrderEvent>, idOfStream(recorded.stream))
    : undefined;

export function publish(recorded: Recorded<OrderEvent>, order: string): OrderCloudEvent {
  const { event, id, at, command } = recorded;
  return {
    ...{ specversion: '1.0', id, source, type: describe(event).type, subject: order },
    ...{ time: new Date(at).toISOString(), datacontenttype: 'application/json' },
    ...causesOf(command),
    data: { order, ...dataOf(event) },
  };
}

function dataOf(event: OrderEvent): Omit<PublicData, 'order'> {
  switch (event.type) {
    case 'OrderPlaced': {
      const lines = event.lines.map(({ line, sku, units }) => ({ line, sku, units }));
      return { number: event.number, channel: event.channel, lines };
    }
    case 'OrderAllocationRequested':
    case 'OrderAllocated':
    case 'OrderBackorderFilled':
    case 'OrderAllocationReleaseRequested':
      return { lines: event.lines };
    case 'OrderRejected':
      return { reason: event.reason };
    case 'OrderUnitsCancelled':
      // The reason is a person's words and may name anybody.
      return { lines: event.lines };
    case 'OrderCancelled':
      return { lines: event.lines, reason: event.cause };
    case 'OrderBackorderOverdue':
    case 'OrderPaymentAuthorized':
    case 'OrderPaymentFailed':
    case 'OrderConfirmed':
      return {};
  }
}
