import type { AllocationMade, AllocationRefused, BackorderFilled } from '@holdfast/schema/events';
import { defaultChannel, parseLocationCode } from '@holdfast/schema/identifiers';
import { units } from '@holdfast/schema/quantities';
import { describe, it } from 'vitest';
import type { OrderEvent } from '../order/events.ts';
import {
  allocated,
  authorized,
  cancelledLine,
  claim,
  confirmed,
  line1,
  line2,
  mug,
  order,
  placed,
  placedUnpaid,
  releaseRequested,
  requested,
  specifyOrder,
  t0,
  tee,
} from '../order/given.ts';
import { backorderNoticeMs } from '../order/limits.ts';
import type { NoteFact } from './allocation.ts';
import { allocationUnheard, decideProcess } from './decide.ts';

const orders = specifyOrder(decideProcess);
const passTime = { type: 'PassTime' } as const;
const location = parseLocationCode('W1')!;

const note = (fact: NoteFact['fact'], id = 'inventory:0:7:0'): NoteFact => ({
  ...{ type: 'NoteFact', fact, id },
});
const at = (sku: typeof tee, count: number) => ({ sku, location, units: units(count) });
const made = (tees: number, mugs: number, graceSeconds = 900): AllocationMade => ({
  ...{ type: 'AllocationMade', claim, order, channel: defaultChannel },
  ...{ paymentGraceSeconds: graceSeconds, lines: [at(tee, tees), at(mug, mugs)] },
  backordered: [
    { sku: tee, units: units(3 - tees) },
    { sku: mug, units: units(2 - mugs) },
  ],
});
const refused: AllocationRefused = {
  ...{ type: 'AllocationRefused', claim, order, reason: 'InsufficientStock' },
  shortfalls: [{ sku: tee, requestedUnits: units(3), availableUnits: 1 }],
};
const rejected: OrderEvent = {
  ...{ type: 'OrderRejected', reason: 'InsufficientStock', shortfalls: refused.shortfalls },
};
const filled = (tees: number): BackorderFilled => ({
  ...{ type: 'BackorderFilled', claim, order, lines: [at(tee, tees)] },
});
const lessTee = (count: number, restock = true): OrderEvent => ({
  ...{ type: 'OrderUnitsCancelled', reason: 'less' },
  lines: [cancelledLine(line1, { pendingUnits: count, restock })],
});
const cancelledPending: OrderEvent = {
  ...{ type: 'OrderCancelled', cause: 'Asked', reason: 'no' },
  lines: [cancelledLine(line1, { pendingUnits: 3 }), cancelledLine(line2, { pendingUnits: 2 })],
};

describe('inventory has allocated', () => {
  it('all of a paid order: confirmed', () =>
    orders
      .given(placed(), requested())
      .when(note(made(3, 2)))
      .thenFacts(allocated(), confirmed));

  it('all of an unpaid order: its payment is awaited for the grace', () =>
    orders
      .given(placedUnpaid(), requested())
      .when(note(made(3, 2)), t0 + 10)
      .thenFacts(allocated(0, 0, t0 + 10 + 900_000)));

  it('without any grace: its payment is due at once', () =>
    orders
      .given(placedUnpaid(), requested())
      .when(note(made(3, 2, 0)))
      .thenFacts({ ...allocated(0, 0, t0), paymentGraceSeconds: 0 }));

  it('all of an order paid meanwhile: confirmed', () =>
    orders
      .given(placedUnpaid(), requested(), authorized())
      .when(note(made(3, 2)))
      .thenFacts(allocated(), confirmed));

  it('a part: the rest waits, and nothing is confirmed', () =>
    orders
      .given(placed(), requested())
      .when(note(made(1, 2)))
      .thenFacts(allocated(2)));

  it('less than it says: what is missing waits', () =>
    orders
      .given(placed(), requested())
      .when(note({ ...made(1, 2), backordered: [] }))
      .thenFacts(allocated(2)));

  it('units that were cancelled meanwhile: they go back', () =>
    orders
      .given(placed(), requested(), lessTee(1, false))
      .when(note(made(3, 2)))
      .thenFacts(
        {
          ...allocated(),
          lines: [
            { line: line1, allocatedUnits: 2, backorderedUnits: 0 },
            { line: line2, allocatedUnits: 2, backorderedUnits: 0 },
          ],
        },
        releaseRequested(false, [[1, 1, false]]),
        confirmed,
      ));

  it('lines of one SKU in their order', () =>
    orders
      .given(
        placed({
          lines: [
            { line: line1, sku: tee, units: units(3), unitPrice: undefined },
            { line: line2, sku: tee, units: units(2), unitPrice: undefined },
          ],
        }),
        requested(),
      )
      .when(note({ ...made(3, 0), lines: [at(tee, 3), at(tee, 1)] }))
      .thenFacts({
        ...allocated(),
        lines: [
          { line: line1, allocatedUnits: 3, backorderedUnits: 0 },
          { line: line2, allocatedUnits: 1, backorderedUnits: 1 },
        ],
      }));
});

describe('inventory has refused', () => {
  it('the order is rejected with what is short', () =>
    orders.given(placed(), requested()).when(note(refused)).thenFacts(rejected));
});

describe('inventory has filled a backorder', () => {
  const waiting = [placed(), requested(), allocated(2)] as const;
  const moved = (count: number, fact = 'inventory:0:7:0'): OrderEvent => ({
    ...{ type: 'OrderBackorderFilled', fact, lines: [{ line: line1, units: count }] },
  });

  it('in part: the rest goes on waiting', () =>
    orders
      .given(...waiting)
      .when(note(filled(1)))
      .thenFacts(moved(1)));

  it('whole: confirmed', () =>
    orders
      .given(...waiting)
      .when(note(filled(2)))
      .thenFacts(moved(2), confirmed));

  it('whole, of an unpaid order: not confirmed', () =>
    orders
      .given(placedUnpaid(), requested(), allocated(2, 0, t0))
      .when(note(filled(2)))
      .thenFacts(moved(2)));

  it('with more than still waits: the rest was cancelled meanwhile', () =>
    orders
      .given(...waiting)
      .when(note(filled(3)))
      .thenFacts(moved(2), confirmed));

  it('twice: once', () =>
    orders
      .given(...waiting, moved(1))
      .when(note(filled(1)))
      .thenNothing());

  it('before its allocation is heard of: to be heard again', () =>
    orders
      .given(placed(), requested())
      .when(note(filled(1)))
      .thenRejected(allocationUnheard));

  it('with another fact: again', () =>
    orders
      .given(...waiting, moved(1))
      .when(note(filled(1), 'inventory:0:8:0'))
      .thenFacts(moved(1, 'inventory:0:8:0'), confirmed));
});

describe('what comes twice or late changes nothing', () => {
  it.each([
    ['cancelled', [placed(), requested(), cancelledPending]],
    ['rejected', [placed(), requested(), rejected]],
    ['allocated', [placed(), requested(), allocated(1)]],
    ['confirmed', [placed(), requested(), allocated(), confirmed]],
    ['absent', []],
  ] as const)('an answer to a %s order', (_, facts) => {
    orders
      .given(...facts)
      .when(note(made(3, 2)))
      .thenNothing();
    orders
      .given(...facts)
      .when(note(refused))
      .thenNothing();
  });

  it.each([
    ['cancelled', [placed(), requested(), cancelledPending]],
    ['confirmed', [placed(), requested(), allocated(), confirmed]],
  ] as const)('a filled backorder of a %s order', (_, facts) =>
    orders
      .given(...facts)
      .when(note(filled(2)))
      .thenNothing(),
  );

  it('the answer to another claim', () =>
    orders
      .given(placed({ claim: requestedElsewhere }), requested())
      .when(note(made(3, 2)))
      .thenNothing());
});

const requestedElsewhere = placed().claim.replace('alc', 'res') as typeof claim;

describe('time passes', () => {
  const unpaid = [placedUnpaid(), requested(), allocated(0, 0, t0 + 900_000)] as const;
  const wait = (ms: number) => t0 + ms;
  const everythingBack = releaseRequested(true, [
    [1, 3],
    [2, 2],
  ]);
  const outOfTime: OrderEvent = {
    ...{ type: 'OrderCancelled', cause: 'PaymentMissing' },
    reason: 'Its payment did not come in time',
    lines: [
      cancelledLine(line1, { allocatedUnits: 3 }),
      cancelledLine(line2, { allocatedUnits: 2 }),
    ],
  };

  it('without payment: cancelled at the deadline and not before', () => {
    orders
      .given(...unpaid)
      .when(passTime, wait(899_999))
      .thenNothing();
    orders
      .given(...unpaid)
      .when(passTime, wait(900_000))
      .thenFacts(outOfTime, everythingBack);
  });

  it('without payment while units wait for stock: cancelled all the same', () =>
    orders
      .given(placedUnpaid(), requested(), allocated(3, 0, wait(900_000)))
      .when(passTime, wait(900_000))
      .thenFacts(
        {
          ...{ type: 'OrderCancelled', cause: 'PaymentMissing' },
          reason: 'Its payment did not come in time',
          lines: [
            cancelledLine(line1, { backorderedUnits: 3 }),
            cancelledLine(line2, { allocatedUnits: 2 }),
          ],
        },
        everythingBack,
      ));

  it('after a failed payment: cancelled at the later deadline', () => {
    const failed = orders.given(...unpaid, {
      ...{ type: 'OrderPaymentFailed', reference: 'pay-1', paymentDueAt: wait(960_000) },
    });
    failed.when(passTime, wait(959_999)).thenNothing();
    failed.when(passTime, wait(960_000)).thenFacts(outOfTime, everythingBack);
  });

  it('without an answer: asked again after 30, 60, 120 s, then given up after 240 s', () => {
    const asked = orders.given(placed(), requested());
    asked.when(passTime, wait(29_999)).thenNothing();
    asked.when(passTime, wait(30_000)).thenFacts(requested());

    const askedTwice = orders.given(placed(), requested()).and(wait(30_000), requested());
    askedTwice.when(passTime, wait(89_999)).thenNothing();
    askedTwice.when(passTime, wait(90_000)).thenFacts(requested());

    const three = orders.given(placed(), requested(), requested(), requested());
    three.when(passTime, wait(119_999)).thenNothing();
    three.when(passTime, wait(120_000)).thenFacts(requested());

    const four = orders.given(placed(), requested(), requested(), requested(), requested());
    four.when(passTime, wait(239_999)).thenNothing();
    four
      .when(passTime, wait(240_000))
      .thenFacts({ type: 'OrderRejected', reason: 'Unanswered', shortfalls: [] }, everythingBack);
  });

  it('without an answer, partly cancelled: asks for the same, and gives all of it back', () => {
    const asked = [requested(), requested(), requested()];
    orders
      .given(placed(), requested(), lessTee(1, false))
      .when(passTime, wait(30_000))
      .thenFacts(requested());
    orders
      .given(placed(), requested(), lessTee(1, false), ...asked)
      .when(passTime, wait(240_000))
      .thenFacts(
        { type: 'OrderRejected', reason: 'Unanswered', shortfalls: [] },
        releaseRequested(true, [
          [1, 1, false],
          [1, 2],
          [2, 2],
        ]),
      );
  });

  it('on a paid backorder: its customer is to be told each 30 days', () => {
    const waiting = orders.given(placed(), requested(), allocated(2));
    waiting.when(passTime, wait(backorderNoticeMs - 1)).thenNothing();
    waiting.when(passTime, wait(backorderNoticeMs)).thenFacts({ type: 'OrderBackorderOverdue' });
    orders
      .given(placed(), requested(), allocated(2))
      .and(wait(backorderNoticeMs), { type: 'OrderBackorderOverdue' })
      .when(passTime, wait(2 * backorderNoticeMs - 1))
      .thenNothing();
  });

  it('on an order that has ended, or is not there: nothing', () => {
    const long = wait(10 * backorderNoticeMs);
    orders.given(placed(), requested(), allocated(), confirmed).when(passTime, long).thenNothing();
    orders.given(placed(), requested(), cancelledPending).when(passTime, long).thenNothing();
    orders.given(placed(), requested(), rejected).when(passTime, long).thenNothing();
    orders.given().when(passTime, long).thenNothing();
  });
});
