import type { OrderIntent } from '@holdfast/schema/events';
import { defaultChannel, lineId } from '@holdfast/schema/identifiers';
import { units } from '@holdfast/schema/quantities';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { CancelOrder } from '../order/cancel.ts';
import { decide } from '../order/decide.ts';
import type { Instant, OrderEvent, OrderNumberTaken } from '../order/events.ts';
import { eur, mug, order, t0, tee } from '../order/given.ts';
import { checkOrderLaw } from '../order/law.ts';
import { noNumbers } from '../order/number.ts';
import {
  absentOrder,
  backorderedUnits,
  dueAt,
  evolve,
  isPaid,
  type Order,
} from '../order/order.ts';
import type { PlaceOrder } from '../order/place.ts';
import type { RecordPayment } from '../order/record-payment.ts';
import { decideProcess } from './decide.ts';
import { type InventoryModel, inventoryModel } from './inventory-model.ts';

const skus = [tee, mug];
const owner = { role: 'operator', id: 'o1' } as const;

type Step =
  | { readonly does: 'answer' | 'repeat' | 'request' }
  | { readonly does: 'fill'; readonly sku: number; readonly count: number }
  | { readonly does: 'cancel'; readonly parts: readonly (readonly [number, number])[] | undefined }
  | { readonly does: 'pay'; readonly outcome: RecordPayment['outcome'] }
  | { readonly does: 'wait'; readonly ms: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ does: fc.constantFrom('answer', 'repeat', 'request') }),
  fc.record({ does: fc.constant('fill'), sku: fc.nat(1), count: fc.integer({ min: 1, max: 3 }) }),
  fc.record({
    does: fc.constant('cancel'),
    parts: fc.option(
      fc.uniqueArray(fc.tuple(fc.nat(2), fc.integer({ min: 1, max: 3 })), {
        ...{ selector: ([line]) => line, minLength: 1 },
      }),
      { nil: undefined, freq: 6 },
    ),
  }),
  fc.record({ does: fc.constant('pay'), outcome: fc.constantFrom('AUTHORIZED', 'FAILED') }),
  fc.record({ does: fc.constant('wait'), ms: fc.constantFrom(1, 30_000, 250_000, 3_000_000_000) }),
);

const story = fc.record({
  lines: fc.array(fc.tuple(fc.nat(1), fc.integer({ min: 1, max: 4 })), {
    ...{ minLength: 1, maxLength: 3 },
  }),
  total: fc.constantFrom(undefined, 0, 500),
  there: fc.option(fc.nat(8), { nil: undefined, freq: 8 }),
  graceSeconds: fc.constantFrom(0, 900),
  steps: fc.array(step, { maxLength: 25 }),
});

/** One order with its inventory: what each says reaches the other when a step says so. */
function world(inventory: InventoryModel) {
  const intents: OrderIntent[] = [];
  const heard: InventoryModel['facts'] = [];
  let state: Order = absentOrder;
  let now: Instant = t0;
  const confirmations = () =>
    state.stage === 'absent' ? [] : state.history.filter((fact) => fact.type === 'order.confirmed');

  const append = (events: readonly (OrderEvent | OrderNumberTaken)[]) => {
    for (const event of events) {
      if (event.type === 'OrderNumberTaken') continue;
      if (isIntent(event)) intents.push(event);
      const before = statusOf(state);
      state = evolve(state, event, { at: now, actor: 'story', id: () => '' });
      if (event.type === 'OrderConfirmed') expect(before).toBe('taken');
    }
    checkOrderLaw(state);
    expect(confirmations().length).toBeLessThanOrEqual(1);
  };
  const ask = (command: PlaceOrder | CancelOrder | RecordPayment) => {
    const decision = decide(command, state, () => noNumbers, now);
    if (decision.type === 'accepted') append(decision.changes.flatMap(({ events }) => events));
  };
  const tell = (command: Parameters<typeof decideProcess>[0]) => {
    const decision = decideProcess(command, state, now);
    if (decision.type === 'accepted') append(decision.changes.flatMap(({ events }) => events));
  };
  /** The number of a fact is its id. */
  const note = (at: number) => {
    const fact = heard[at];
    if (fact) tell({ type: 'NoteFact', fact, id: String(at) });
  };

  return {
    ask,
    state: () => state,
    deliverIntent() {
      const intent = intents.shift();
      if (intent) inventory.hear(intent);
    },
    deliverFact() {
      const fact = inventory.facts.shift();
      if (!fact) return;
      heard.push(fact);
      note(heard.length - 1);
    },
    repeatFacts() {
      for (const at of heard.keys()) note(at);
    },
    busy: () => intents.length + inventory.facts.length > 0,
    wait(ms: number) {
      now += ms;
      tell({ type: 'PassTime' });
    },
    /** Time passes until the next deadline, if there is one. */
    waitUntilDue() {
      now = Math.max(now, dueAt(state) ?? now);
      tell({ type: 'PassTime' });
    },
  };
}

const isIntent = (event: OrderEvent): event is OrderIntent =>
  event.type === 'OrderAllocationRequested' || event.type === 'OrderAllocationReleaseRequested';

const statusOf = (state: Order) => (state.stage === 'absent' ? 'absent' : state.progress.status);

const cancelCommand = (parts: readonly (readonly [number, number])[] | undefined): CancelOrder => ({
  ...{ type: 'CancelOrder', order, caller: owner, reason: 'story', restock: true },
  expectedVersion: undefined,
  lines: parts?.map(([line, count], position) => ({
    ...{ line: lineId(order, line + 1), units: units(count), restock: position > 0, position },
  })),
});

function take(step: Step, { ask, ...story }: ReturnType<typeof world>, inventory: InventoryModel) {
  switch (step.does) {
    case 'request':
      return story.deliverIntent();
    case 'answer':
      return story.deliverFact();
    case 'repeat':
      return story.repeatFacts();
    case 'fill':
      return inventory.fill(skus[step.sku] ?? tee, step.count);
    case 'cancel':
      return ask(cancelCommand(step.parts));
    case 'pay': {
      const { outcome } = step;
      const payment = { outcome, reference: 'pay-1', amount: undefined, caller: owner };
      return ask({ type: 'RecordPayment', order, ...payment });
    }
    case 'wait':
      return story.wait(step.ms);
  }
}

it('keeps every unit, ends or has a deadline, and confirms once, whatever comes when', () => {
  fc.assert(
    fc.property(story, ({ lines, total, there, graceSeconds, steps }) => {
      const inventory = inventoryModel(there, graceSeconds);
      const one = world(inventory);
      one.ask({
        ...{ type: 'PlaceOrder', order, lane: 0, owner, reservation: undefined },
        ...{ channel: defaultChannel, payment: undefined, personal: '' },
        lines: lines.map(([at, count]) => ({
          ...{ sku: skus[at] ?? tee, units: units(count), unitPrice: undefined },
        })),
        total: total === undefined ? undefined : eur(total),
      });
      for (const each of steps) take(each, one, inventory);

      // Everything that was said is heard in the end, more than once; then time passes.
      const settle = () => {
        while (one.busy()) {
          one.deliverIntent();
          one.deliverFact();
        }
        one.repeatFacts();
      };
      settle();
      for (let waits = 0; waits < 6; waits += 1) {
        one.waitUntilDue();
        settle();
      }
      expectSettled(one.state(), inventory);
    }),
    { numRuns: 10_000 },
  );
});

/** Nothing is left undecided, and both sides agree on every unit. */
function expectSettled(state: Order, inventory: InventoryModel): void {
  if (state.stage === 'absent') throw new Error('placing is never refused');
  const { status } = state.progress;
  expect(status).not.toBe('pending');
  if (status === 'taken') {
    expect(isPaid(state)).toBe(true);
    expect(backorderedUnits(state)).toBeGreaterThan(0);
  }
  for (const sku of skus) {
    const ours = state.lines.filter((line) => line.sku === sku);
    const sum = (of: 'allocatedUnits' | 'backorderedUnits') =>
      ours.reduce((total, line) => total + line[of], 0);
    expect(sum('allocatedUnits')).toBe(inventory.allocated(sku));
    expect(sum('backorderedUnits')).toBe(inventory.backordered(sku));
  }
}
