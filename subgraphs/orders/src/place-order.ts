/** Placing an order from the wish to the answer: what is known of inventory, the decision, and its outcome. */
import type { Clock } from '@holdfast/chassis/clock';
import type { CommandRecord } from '@holdfast/chassis/commit';
import type { Lane, LaneCommand } from '@holdfast/chassis/lane';
import { encryptPersonal } from '@holdfast/chassis/personal-data';
import type { PersonalKeys } from '@holdfast/chassis/personal-keys';
import { type OrderId, orderId, placeOf } from '@holdfast/schema/identifiers';
import type { Asked } from './asked.ts';
import { decisionWaitMs } from './config.ts';
import type { PlaceOrderWish } from './graphql/parse-input.ts';
import type { InventoryLookup, KnownOrder } from './inventory-lookup.ts';
import type { OrderView } from './order/view.ts';
import { acceptedOrder, answer, type OrderAnswered } from './order-answer.ts';
import type { OrderListeners } from './order-listeners.ts';
import type { OrderReader } from './order-reader.ts';
import type { Refusal } from './refusal.ts';
import { createSleeper } from './sleeper.ts';
import { type LaneOrderCommand, numbersStream } from './streams.ts';

export type PlaceOrderParts = {
  readonly lane: Lane<LaneOrderCommand>;
  readonly clock: Clock;
  readonly personalKeys: PersonalKeys;
  readonly inventory: InventoryLookup;
  readonly listeners: OrderListeners;
  readonly reader: OrderReader;
};

/** The lane that new orders of this process get; with several, it follows from the id's place. */
const lane0 = 0;

type Prepared = { readonly order: OrderId | undefined; readonly command: LaneOrderCommand };

export function createPlaceOrder(parts: PlaceOrderParts) {
  const { lane, clock, personalKeys, inventory } = parts;

  async function prepare(wish: PlaceOrderWish, known: KnownOrder, asked: Asked) {
    const { id, role } = asked.caller;
    const order = orderId(clock.newId(), placeOf(`${id}\n${wish.key}`));
    // Durable before the order is: an order whose key was lost could never be read.
    const key = await personalKeys.create(order);
    const command: LaneOrderCommand = {
      ...{ type: 'PlaceOrder', order, lane: lane0, owner: { role, id }, ...known },
      ...{ total: wish.total, payment: wish.payment },
      personal: encryptPersonal(key, JSON.stringify(wish.personal)),
    };
    return { order, command };
  }

  /** A key that no order came to use. */
  async function forgetUnused(made: OrderId | undefined, used: OrderId | undefined) {
    if (made !== undefined && made !== used) await personalKeys.forget(made);
  }

  return async (wish: PlaceOrderWish, asked: Asked): Promise<OrderAnswered> => {
    const known = await inventory.resolve(wish);
    if (known.type === 'refused') return known;
    const record: CommandRecord = {
      ...{ type: 'PlaceOrder', by: asked.caller.id, actor: asked.caller.role },
      ...{ key: wish.key, input: asked.input, trace: asked.trace },
    };
    // A retry is known before it costs a key and an order's id.
    const prepared: Prepared = (await lane.outcomeOf(record))
      ? { order: undefined, command: { type: 'HearAgain' } }
      : await prepare(wish, known.order, asked);
    const command: LaneCommand<LaneOrderCommand> = {
      ...{ command: prepared.command, record, streams: [numbersStream(lane0)] },
    };
    const answered = await answer(() => lane.handle(command, () => undefined));
    if (answered.type === 'refused') {
      await forgetUnused(prepared.order, undefined);
      return answered;
    }
    const order = acceptedOrder(answered.handled.outcome);
    await forgetUnused(prepared.order, order);
    const view = await decided(order, parts);
    return (
      refusedForStock(view, wish) ?? { type: 'answered', view, version: lane.durableVersion() }
    );
  };
}

/** The order once inventory has answered, or as it is when waiting takes too long. */
async function decided(order: OrderId, parts: PlaceOrderParts): Promise<OrderView> {
  const { clock, listeners, reader } = parts;
  const sleeper = createSleeper(clock);
  // Before the first look: what is told between look and sleep is not missed.
  const stopListening = listeners.listen(order, sleeper.wake);
  try {
    const until = clock.now() + decisionWaitMs;
    for (;;) {
      const view = await reader.placed(order);
      const leftMs = until - clock.now();
      if (view.status !== 'PENDING' || leftMs <= 0) return view;
      await sleeper.sleep(leftMs);
    }
  } finally {
    stopListening();
  }
}

function refusedForStock(view: OrderView, wish: PlaceOrderWish): OrderAnswered | undefined {
  switch (view.refusal?.reason) {
    case 'InsufficientStock': {
      const { shortfalls } = view.refusal;
      const short = new Set(shortfalls.map(({ sku }) => sku));
      const line = wish.lines?.find(({ sku }) => short.has(sku));
      const path = line ? ['lines', String(line.position), 'quantity'] : ['reservationId'];
      return refused({ type: 'InsufficientStock', shortfalls, path });
    }
    case 'ReservationGone':
      return refused({
        type: 'NotAllowed',
        reason: 'The reservation was released, or another order has taken it.',
      });
    default:
      return undefined;
  }
}

const refused = (refusal: Refusal): OrderAnswered => ({ type: 'refused', refusal });
