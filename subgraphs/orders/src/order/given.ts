/**
 * Given these facts of an order, when this is asked at that time: what specs of orders begin with.
 */
import { deepStrictEqual } from 'node:assert/strict';
import type { DomainEvent } from '@holdfast/chassis/commit';
import type { Decision } from '@holdfast/chassis/decider';
import {
  allocationId,
  defaultChannel,
  homePlace,
  lineId,
  orderId,
  parseSku,
  type Sku,
} from '@holdfast/schema/identifiers';
import { units } from '@holdfast/schema/quantities';
import type { CancelledLine, Instant, OrderAllocated, OrderEvent, OrderPlaced } from './events.ts';
import { checkOrderLaw } from './law.ts';
import { absentOrder, evolve, type Order } from './order.ts';

export const t0: Instant = Date.UTC(2026, 0, 1);
export const order = orderId('00000000-0000-7000-8000-000000000001', 'abcd');
export const [line1, line2] = [lineId(order, 1), lineId(order, 2)];

export const sku = (code: string): Sku => {
  const parsed = parseSku(code);
  if (!parsed) throw new Error(`not a SKU: ${code}`);
  return parsed;
};
export const [tee, mug] = [sku('TEE'), sku('MUG')];
export const claim = allocationId(order, homePlace([tee, mug]));
export const eur = (amount: number) => ({ amount, currency: 'EUR' });

/** Two lines: 3 of TEE, 2 of MUG; a partner's, and paid when it needs to be. */
export const placed = (more: Partial<OrderPlaced> = {}): OrderPlaced => ({
  ...{ type: 'OrderPlaced', order, number: '00-000001', channel: defaultChannel, claim },
  ...{ owner: { role: 'partner', id: 'p1' }, reservation: undefined, personal: 'sealed' },
  lines: [
    { line: line1, sku: tee, units: units(3), unitPrice: undefined },
    { line: line2, sku: mug, units: units(2), unitPrice: undefined },
  ],
  ...{ total: undefined, needsPayment: false, payment: undefined, ...more },
});

/** The same, and 1,000 minor units of EUR are still to be paid. */
export const placedUnpaid = (more: Partial<OrderPlaced> = {}): OrderPlaced =>
  placed({ total: eur(1_000), needsPayment: true, ...more });

export const requested = (): OrderEvent => ({
  ...{ type: 'OrderAllocationRequested', order, claim, channel: defaultChannel },
  reservation: undefined,
  lines: [
    { sku: tee, units: units(3) },
    { sku: mug, units: units(2) },
  ],
});

/** Units of TEE and MUG that wait; the others are there. */
export const allocated = (
  teeWaits = 0,
  mugWaits = 0,
  paymentDueAt: Instant | undefined = undefined,
): OrderAllocated => ({
  ...{ type: 'OrderAllocated', paymentGraceSeconds: 900, paymentDueAt },
  lines: [
    { line: line1, allocatedUnits: 3 - teeWaits, backorderedUnits: teeWaits },
    { line: line2, allocatedUnits: 2 - mugWaits, backorderedUnits: mugWaits },
  ],
});

export const authorized = (reference = 'pay-1'): OrderEvent => ({
  ...{ type: 'OrderPaymentAuthorized', payment: { reference, amount: eur(1_000) } },
});

export const confirmed: OrderEvent = { type: 'OrderConfirmed' };

export const cancelledLine = (
  line: CancelledLine['line'],
  parts: Partial<Omit<CancelledLine, 'line'>>,
): CancelledLine => ({
  ...{ line, pendingUnits: 0, backorderedUnits: 0, allocatedUnits: 0, restock: true, ...parts },
});

/** What inventory is asked to take back: units by line, all restocked unless said. */
export const releaseRequested = (
  whole: boolean,
  lines: readonly (readonly [line: 1 | 2, units: number, restock?: boolean])[],
  reservation: OrderPlaced['reservation'] = undefined,
): OrderEvent => ({
  ...{ type: 'OrderAllocationReleaseRequested', order, claim, reservation, whole },
  lines: lines.map(([position, count, restock = true]) => ({
    line: position === 1 ? line1 : line2,
    sku: position === 1 ? tee : mug,
    units: units(count),
    restock,
  })),
});

/** The order as the facts leave it, each recorded at its time; the law holds after each group. */
export function orderAfter(
  ...groups: readonly { readonly at: Instant; readonly events: readonly OrderEvent[] }[]
): Order {
  let state = absentOrder;
  for (const { at, events } of groups) {
    for (const event of events) {
      state = evolve(state, event, { at, actor: 'given', id: () => 'given' });
    }
    checkOrderLaw(state);
  }
  return state;
}

export function specifyOrder<Command, Event extends DomainEvent, Answer, Rejection>(
  decide: (command: Command, order: Order, at: Instant) => Decision<Event, Answer, Rejection>,
) {
  const when =
    (state: Order) =>
    (command: Command, at: Instant = t0) => {
      const decision = decide(command, state, at);
      const changes = decision.type === 'accepted' ? decision.changes : decision;
      return {
        /** Exactly these facts of the order. */
        thenFacts: (...events: readonly OrderEvent[]) =>
          deepStrictEqual(changes, [{ stream: `order/${order}`, events }]),
        thenNothing: () => deepStrictEqual(changes, []),
        thenRejected: (rejection: Rejection) =>
          deepStrictEqual(decision, { type: 'rejected', rejection }),
      };
    };
  return {
    /** Facts recorded at `t0`, in one commit. */
    given: (...events: readonly OrderEvent[]) => ({
      when: when(orderAfter({ at: t0, events })),
      /** More facts, in a commit of a later time. */
      and: (at: Instant, ...later: readonly OrderEvent[]) => ({
        when: when(orderAfter({ at: t0, events }, { at, events: later })),
      }),
    }),
  };
}
