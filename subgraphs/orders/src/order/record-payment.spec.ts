import { describe, it } from 'vitest';
import { decide } from './decide.ts';
import {
  allocated,
  authorized,
  cancelledLine,
  confirmed,
  eur,
  line1,
  line2,
  order,
  placed,
  placedUnpaid,
  requested,
  specifyOrder,
  t0,
} from './given.ts';
import { noNumbers } from './number.ts';
import type { RecordPayment } from './record-payment.ts';

const orders = specifyOrder((command: RecordPayment, state, at) =>
  decide(command, state, () => noNumbers, at),
);
const record = (more: Partial<RecordPayment> = {}): RecordPayment => ({
  ...{ type: 'RecordPayment', order, caller: { role: 'operator', id: 'o1' } },
  ...{ outcome: 'AUTHORIZED', reference: 'pay-1', amount: undefined, ...more },
});
const dueAt = t0 + 900_000;
const awaiting = [placedUnpaid(), requested(), allocated(0, 0, dueAt)] as const;
const notAllowed = (reason: string) => ({ type: 'NotAllowed', reason }) as const;

describe('an authorized payment', () => {
  it('confirms an order that waits for it; the amount is the total when left out', () =>
    orders
      .given(...awaiting)
      .when(record())
      .thenFacts(authorized(), confirmed));

  it('confirms nothing while inventory decides', () =>
    orders.given(placedUnpaid(), requested()).when(record()).thenFacts(authorized()));

  it('confirms nothing while units wait for stock', () =>
    orders
      .given(placedUnpaid(), requested(), allocated(1, 0, dueAt))
      .when(record())
      .thenFacts(authorized()));

  it('may be more than the total, and not less', () => {
    const given = orders.given(...awaiting);
    given.when(record({ amount: eur(1_000) })).thenFacts(authorized(), confirmed);
    given.when(record({ amount: eur(999) })).thenRejected({
      ...{ type: 'InvalidInput', message: "Below the order's total, 1000." },
      ...{ path: ['amount'], notKept: true },
    });
  });

  it('must be in the currency of the total', () =>
    orders
      .given(...awaiting)
      .when(record({ amount: { amount: 1_000, currency: 'USD' } }))
      .thenRejected({
        ...{ type: 'InvalidInput', message: 'The order is in EUR.' },
        ...{ path: ['amount'], notKept: true },
      }));

  it('told again changes nothing, even after the order has ended', () => {
    orders
      .given(...awaiting, authorized(), confirmed)
      .when(record())
      .thenNothing();
    orders
      .given(...awaiting, authorized(), confirmed, {
        ...{ type: 'OrderCancelled', cause: 'Asked', reason: 'no' },
        lines: [
          cancelledLine(line1, { allocatedUnits: 3 }),
          cancelledLine(line2, { allocatedUnits: 2 }),
        ],
      })
      .when(record())
      .thenNothing();
  });
});

describe('a failed payment', () => {
  const failed = (paymentDueAt: number | undefined) =>
    ({ type: 'OrderPaymentFailed', reference: 'pay-1', paymentDueAt }) as const;

  it('starts the grace again', () =>
    orders
      .given(...awaiting)
      .when(record({ outcome: 'FAILED' }), t0 + 60_000)
      .thenFacts(failed(t0 + 960_000)));

  it('never shortens a wait', () =>
    orders
      .given(placedUnpaid(), requested(), allocated(0, 0, t0 + 5_000_000))
      .when(record({ outcome: 'FAILED' }), t0 + 60_000)
      .thenFacts(failed(t0 + 5_000_000)));

  it('sets no deadline before inventory has told the grace', () =>
    orders
      .given(placedUnpaid(), requested())
      .when(record({ outcome: 'FAILED' }))
      .thenFacts(failed(undefined)));

  it('says nothing about an amount', () =>
    orders
      .given(...awaiting)
      .when(record({ outcome: 'FAILED', amount: eur(1) }))
      .thenFacts(failed(dueAt)));
});

describe('a payment is refused', () => {
  it('for an order that is not there or not the caller’s', () => {
    const unknown = { type: 'NotFound', path: ['orderId'], notKept: true } as const;
    orders.given().when(record()).thenRejected(unknown);
    orders
      .given(...awaiting)
      .when(record({ caller: { role: 'partner', id: 'p2' } }))
      .thenRejected(unknown);
  });

  it('when another payment has paid the order', () => {
    const given = orders.given(...awaiting, authorized(), confirmed);
    const reason = 'The order is paid already, by another payment.';
    given.when(record({ reference: 'pay-2' })).thenRejected(notAllowed(reason));
    given.when(record({ outcome: 'FAILED' })).thenRejected(notAllowed(reason));
  });

  it('when the order needs none', () =>
    orders
      .given(placed(), requested(), allocated(), confirmed)
      .when(record())
      .thenRejected(notAllowed('The order is confirmed and needs no payment.')));

  it('when the order is cancelled', () =>
    orders
      .given(...awaiting, {
        ...{ type: 'OrderCancelled', cause: 'PaymentMissing', reason: 'late' },
        lines: [
          cancelledLine(line1, { allocatedUnits: 3 }),
          cancelledLine(line2, { allocatedUnits: 2 }),
        ],
      })
      .when(record())
      .thenRejected(notAllowed('The order is cancelled.')));

  it('when the order was refused for stock', () =>
    orders
      .given(placedUnpaid(), requested(), {
        ...{ type: 'OrderRejected', reason: 'InsufficientStock', shortfalls: [] },
      })
      .when(record())
      .thenRejected(notAllowed('The order was refused for stock.')));
});
