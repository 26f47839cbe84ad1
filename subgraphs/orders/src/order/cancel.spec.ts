import { parseClaimId } from '@holdfast/schema/identifiers';
import { units } from '@holdfast/schema/quantities';
import { describe, it } from 'vitest';
import type { CancelOrder } from './cancel.ts';
import { decide } from './decide.ts';
import type { OrderEvent } from './events.ts';
import {
  allocated,
  authorized,
  cancelledLine,
  confirmed,
  line1,
  line2,
  order,
  placed,
  placedUnpaid,
  releaseRequested,
  requested,
  specifyOrder,
  tee,
} from './given.ts';
import { noNumbers } from './number.ts';

const orders = specifyOrder((command: CancelOrder, state, at) =>
  decide(command, state, () => noNumbers, at),
);

const cancel = (more: Partial<CancelOrder> = {}): CancelOrder => ({
  ...{ type: 'CancelOrder', order, caller: { role: 'partner', id: 'p1' }, lines: undefined },
  ...{ reason: 'changed mind', restock: true, expectedVersion: undefined, ...more },
});
const lines = (...parts: readonly (readonly [line: typeof line1, count: number])[]) => ({
  lines: parts.map(([line, count], position) => ({
    ...{ line, units: units(count), restock: true, position },
  })),
});
const unknownOrder = { type: 'NotFound', path: ['orderId'], notKept: true } as const;
const everything = [
  cancelledLine(line1, { allocatedUnits: 3 }),
  cancelledLine(line2, { allocatedUnits: 2 }),
];
const orderCancelled = (cancelled = everything): OrderEvent => ({
  ...{ type: 'OrderCancelled', cause: 'Asked', reason: 'changed mind', lines: cancelled },
});

describe('cancelling a whole order', () => {
  it('ends it and asks everything back', () =>
    orders
      .given(placed(), requested(), allocated(), confirmed)
      .when(cancel())
      .thenFacts(
        orderCancelled(),
        releaseRequested(true, [
          [1, 3],
          [2, 2],
        ]),
      ));

  it('sends what may not be sold again to inspection', () =>
    orders
      .given(placed(), requested(), allocated(), confirmed)
      .when(cancel({ restock: false }))
      .thenFacts(
        orderCancelled(everything.map((line) => ({ ...line, restock: false }))),
        releaseRequested(true, [
          [1, 3, false],
          [2, 2, false],
        ]),
      ));

  it('asks back before inventory has answered, with the reservation', () => {
    const reservation = parseClaimId(`res_${'0'.repeat(36)}`);
    orders
      .given(placed({ reservation }), requested())
      .when(cancel())
      .thenFacts(
        orderCancelled([
          cancelledLine(line1, { pendingUnits: 3 }),
          cancelledLine(line2, { pendingUnits: 2 }),
        ]),
        releaseRequested(
          true,
          [
            [1, 3],
            [2, 2],
          ],
          reservation,
        ),
      );
  });

  it('is what naming every unit that is left comes to', () =>
    orders
      .given(placed(), requested(), allocated(), confirmed)
      .when(cancel(lines([line1, 3], [line2, 2])))
      .thenFacts(
        orderCancelled(),
        releaseRequested(true, [
          [1, 3],
          [2, 2],
        ]),
      ));
});

describe('cancelling a part', () => {
  it('leaves the rest', () =>
    orders
      .given(placed(), requested(), allocated(), confirmed)
      .when(cancel(lines([line1, 2])))
      .thenFacts(
        {
          ...{ type: 'OrderUnitsCancelled', reason: 'changed mind' },
          lines: [cancelledLine(line1, { allocatedUnits: 2 })],
        },
        releaseRequested(false, [[1, 2]]),
      ));

  it('gives up units that wait before units that are there', () =>
    orders
      .given(placed(), requested(), allocated(2))
      .when(cancel(lines([line1, 1])))
      .thenFacts(
        {
          ...{ type: 'OrderUnitsCancelled', reason: 'changed mind' },
          lines: [cancelledLine(line1, { backorderedUnits: 1 })],
        },
        releaseRequested(false, [[1, 1]]),
      ));

  it('confirms a paid order when nothing waits any more', () =>
    orders
      .given(placed(), requested(), allocated(2))
      .when(cancel(lines([line1, 2])))
      .thenFacts(
        {
          ...{ type: 'OrderUnitsCancelled', reason: 'changed mind' },
          lines: [cancelledLine(line1, { backorderedUnits: 2 })],
        },
        releaseRequested(false, [[1, 2]]),
        confirmed,
      ));

  it('lets allocated units serve another line of the SKU that waits', () => {
    const twoLines = placed({
      lines: [line1, line2].map((line) => ({
        ...{ line, sku: tee, units: units(2), unitPrice: undefined },
      })),
    });
    const oneWaits: OrderEvent = {
      ...allocated(),
      lines: [
        { line: line1, allocatedUnits: 2, backorderedUnits: 0 },
        { line: line2, allocatedUnits: 1, backorderedUnits: 1 },
      ],
    };
    const release = releaseRequested(false, [[1, 2]]);
    orders
      .given(twoLines, requested(), oneWaits)
      .when(cancel(lines([line1, 2])))
      .thenFacts(
        {
          ...{ type: 'OrderUnitsCancelled', reason: 'changed mind' },
          lines: [cancelledLine(line1, { allocatedUnits: 2 })],
        },
        release,
        {
          ...{ type: 'OrderBackorderFilled', fact: undefined },
          lines: [{ line: line2, units: 1 }],
        },
        confirmed,
      );
  });

  it('confirms nothing while payment is missing', () =>
    orders
      .given(placedUnpaid(), requested(), allocated(2, 0, 1))
      .when(cancel(lines([line1, 2])))
      .thenFacts(
        {
          ...{ type: 'OrderUnitsCancelled', reason: 'changed mind' },
          lines: [cancelledLine(line1, { backorderedUnits: 2 })],
        },
        releaseRequested(false, [[1, 2]]),
      ));

  it('asks nothing back while inventory decides: what is owed goes back with its answer', () =>
    orders
      .given(placed(), requested())
      .when(cancel(lines([line1, 1])))
      .thenFacts({
        ...{ type: 'OrderUnitsCancelled', reason: 'changed mind' },
        lines: [cancelledLine(line1, { pendingUnits: 1 })],
      }));

  it('asks back what was owed when the rest is cancelled too', () =>
    orders
      .given(placed(), requested(), {
        ...{ type: 'OrderUnitsCancelled', reason: 'less' },
        lines: [cancelledLine(line1, { pendingUnits: 1, restock: false })],
      })
      .when(cancel())
      .thenFacts(
        orderCancelled([
          cancelledLine(line1, { pendingUnits: 2 }),
          cancelledLine(line2, { pendingUnits: 2 }),
        ]),
        releaseRequested(true, [
          [1, 1, false],
          [1, 2],
          [2, 2],
        ]),
      ));

  it('asks nothing back twice', () =>
    orders
      .given(
        placed(),
        requested(),
        {
          ...{ type: 'OrderUnitsCancelled', reason: 'less' },
          lines: [cancelledLine(line1, { pendingUnits: 1 })],
        },
        {
          ...allocated(),
          lines: [
            { line: line1, allocatedUnits: 2, backorderedUnits: 0 },
            { line: line2, allocatedUnits: 2, backorderedUnits: 0 },
          ],
        },
        releaseRequested(false, [[1, 1]]),
        confirmed,
      )
      .when(cancel())
      .thenFacts(
        orderCancelled([
          cancelledLine(line1, { allocatedUnits: 2 }),
          cancelledLine(line2, { allocatedUnits: 2 }),
        ]),
        releaseRequested(true, [
          [1, 2],
          [2, 2],
        ]),
      ));

  it('may take all that is left of a line and not one more', () => {
    const given = orders.given(placed(), requested(), allocated(), confirmed);
    given.when(cancel(lines([line1, 3]))).thenFacts(
      {
        ...{ type: 'OrderUnitsCancelled', reason: 'changed mind' },
        lines: [cancelledLine(line1, { allocatedUnits: 3 })],
      },
      releaseRequested(false, [[1, 3]]),
    );
    given.when(cancel(lines([line1, 4]))).thenRejected({
      ...{ type: 'InvalidInput', message: '3 units of this line can still be cancelled.' },
      ...{ path: ['lines', '0', 'quantity'], notKept: true },
    });
  });
});

describe('cancelling is refused', () => {
  it('for an order that is not there', () =>
    orders.given().when(cancel()).thenRejected(unknownOrder));

  it.each([
    ['another partner', { role: 'partner', id: 'p2' }, false],
    ['a storefront', { role: 'storefront', id: 'p1' }, false],
    ['an agent', { role: 'agent', id: 'a1' }, true],
    ['an operator', { role: 'operator', id: 'o1' }, true],
  ] as const)('or lets %s touch a partner’s order: %o', (_, caller, may) => {
    const asked = orders.given(placed(), requested(), allocated(), confirmed);
    const answer = asked.when(cancel({ caller }));
    if (may)
      answer.thenFacts(
        orderCancelled(),
        releaseRequested(true, [
          [1, 3],
          [2, 2],
        ]),
      );
    else answer.thenRejected(unknownOrder);
  });

  it('when it is cancelled already, also with an old version', () =>
    orders
      .given(placed(), requested(), allocated(), confirmed, orderCancelled())
      .when(cancel({ expectedVersion: 1 }))
      .thenRejected({ type: 'NotAllowed', reason: 'The order is cancelled already.' }));

  it('when it was refused for stock', () =>
    orders
      .given(placed(), requested(), {
        ...{ type: 'OrderRejected', reason: 'InsufficientStock', shortfalls: [] },
      })
      .when(cancel())
      .thenRejected({ type: 'NotAllowed', reason: 'The order was refused for stock.' }));

  it('when it has changed since, and not when it has not', () => {
    const given = orders.given(placed(), requested(), allocated(), confirmed);
    given
      .when(cancel({ expectedVersion: 3 }))
      .thenRejected({ type: 'VersionConflict', currentVersion: 4 });
    given
      .when(cancel({ expectedVersion: 5 }))
      .thenRejected({ type: 'VersionConflict', currentVersion: 4 });
    given.when(cancel({ expectedVersion: 4 })).thenFacts(
      orderCancelled(),
      releaseRequested(true, [
        [1, 3],
        [2, 2],
      ]),
    );
  });

  it('for a line that is not the order’s', () => {
    const given = orders.given(placedUnpaid(), requested(), authorized(), allocated(), confirmed);
    const [line] = lines([line2, 1]).lines;
    given
      .when(cancel({ lines: [{ ...line!, line: undefined, position: 7 }] }))
      .thenRejected({ type: 'NotFound', path: ['lines', '7', 'lineId'], notKept: true });
  });
});
