import { demoSkus } from '../demo-skus.ts';
import { freshIdempotencyKey } from './idempotency-keys.ts';
import { cancelOrder, liveOrder, placeOrder } from './order-documents.ts';
import {
  availability,
  countStock,
  liveAvailability,
  receiveStock,
  reserveStock,
} from './stock-documents.ts';

export interface ExampleTab {
  readonly query: string;
  /** JSON, as it stands in the variables editor. */
  readonly variables: string;
}

const tab = (query: string, variables: object): ExampleTab => ({
  query,
  variables: JSON.stringify(variables, null, 2),
});

/** Until carry-ids.ts has put a real id in their place. */
const reservationIdToCome = 'press play on ReserveStock: its id is put here';
const orderIdToCome = 'press play on PlaceOrder: its id is put here';

/** The example tabs, in the order of a first visit; idempotency keys are new in each call. */
export const exampleTabs = (): readonly ExampleTab[] => [
  tab(liveAvailability, { skus: demoSkus }),
  tab(availability, { skus: demoSkus }),
  tab(reserveStock, {
    input: {
      idempotencyKey: freshIdempotencyKey(),
      lines: [{ sku: '24-WB01', quantity: 2 }],
      ttlSeconds: 600,
    },
  }),
  tab(placeOrder, {
    input: {
      idempotencyKey: freshIdempotencyKey(),
      reservationId: reservationIdToCome,
      customer: { email: 'ada@example.com', name: 'Ada Example' },
      shipTo: {
        street: '1 Harbor Street',
        city: 'Brooklyn',
        postalCode: '11201',
        country: 'US',
      },
    },
  }),
  tab(liveOrder, { orderId: orderIdToCome }),
  tab(cancelOrder, {
    input: {
      idempotencyKey: freshIdempotencyKey(),
      orderId: orderIdToCome,
      reason: 'Tried in the playground',
    },
  }),
  tab(receiveStock, {
    input: {
      idempotencyKey: freshIdempotencyKey(),
      sku: '24-WB01',
      locationCode: 'ne_wh',
      quantity: 5,
      reference: 'Delivery note 1001',
    },
  }),
  tab(countStock, {
    input: {
      idempotencyKey: freshIdempotencyKey(),
      sku: '24-WB01',
      locationCode: 'brooklyn',
      quantity: 12,
      reason: 'Cycle count',
    },
  }),
];
