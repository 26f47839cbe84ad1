/**
 * Placing an order from the wish to the answer: what is known of inventory, the decision, and its
 * outcome.
 */
import type { Clock, Instant } from '@holdfast/chassis/clock';
import type { CommandRecord } from '@holdfast/chassis/commit';
import { Overloaded, retryAfterMs } from '@holdfast/chassis/lane/lane';
import { keysAhead } from '@holdfast/chassis/personal/keys-ahead';
import { encryptPersonal } from '@holdfast/chassis/personal/personal-data';
import type { PersonalKeys } from '@holdfast/chassis/personal/personal-keys';
import {
  digitsOf,
  laneOfPlace,
  type OrderId,
  orderId,
  placeOfKey,
  uuidOf,
} from '@holdfast/schema/identifiers';
import type { Asked } from './asked.ts';
import { decisionWaitMs, placeWithinMs } from './config.ts';
import type { InventoryLookup, KnownOrder } from './inventory-lookup.ts';
import type { OrderLanes } from './looks.ts';
import type { OrderView } from './order/view.ts';
import { acceptedOrder, answer, type OrderAnswered } from './order-answer.ts';
import type { OrderListeners } from './order-listeners.ts';
import type { OrderReader } from './order-reader.ts';
import type { PlaceOrderWish } from './order-wish.ts';
import type { Refusal } from './refusal.ts';
import { createSleeper } from './sleeper.ts';
import { type LaneOrderCommand, numbersStream } from './streams.ts';

export type PlaceOrderParts = {
  readonly lanes: OrderLanes;
  readonly clock: Clock;
  readonly personalKeys: PersonalKeys;
  readonly inventory: InventoryLookup;
  readonly listeners: OrderListeners;
  readonly reader: OrderReader;
};

const placeOfWish = (wish: PlaceOrderWish, { caller }: Asked): string =>
  placeOfKey(caller.id, wish.key);

/** What was told before anybody listened is seen by a look so much later. */
const missedMsMax = 250;

type Prepared = { readonly order: OrderId | undefined; readonly command: LaneOrderCommand };

/** A key that no order came to use. */
async function forgetUnused(
  { personalKeys }: PlaceOrderParts,
  made: OrderId | undefined,
  used: OrderId | undefined,
): Promise<void> {
  if (made !== undefined && made !== used) await personalKeys.forget(uuidOf(made));
}

export function createPlaceOrder(parts: PlaceOrderParts) {
  const { lanes, clock, personalKeys, inventory } = parts;
  const newSubject = () => digitsOf(clock.newId());
  const keys = keysAhead({ keys: personalKeys, newSubject });

  async function prepare(wish: PlaceOrderWish, known: KnownOrder, asked: Asked, lane: number) {
    const { id, role } = asked.caller;
    // Durable before the order is: an order whose key was lost could never be read.
    const { subject, key } = await keys.take();
    const order = orderId(subject, placeOfWish(wish, asked));
    const command: LaneOrderCommand = {
      ...{ type: 'PlaceOrder', order, lane, owner: { role, id }, ...known },
      ...{ total: wish.total, payment: wish.payment },
      personal: encryptPersonal(key, JSON.stringify(wish.personal)),
    };
    return { order, command };
  }

  return async (wish: PlaceOrderWish, asked: Asked): Promise<OrderAnswered> => {
    const showBy = clock.now() + placeWithinMs;
    const known = await inventory.resolve(wish);
    if (known.type === 'refused') return known;
    const record: CommandRecord = {
      ...{ type: 'PlaceOrder', by: asked.caller.id, actor: asked.caller.role },
      ...{ key: wish.key, input: asked.input, trace: asked.trace },
    };
    // A retry is known before it costs a key and an order's id.
    const lane = laneOfPlace(placeOfWish(wish, asked), lanes.count);
    const prepared: Prepared = (await lanes.outcomeOf(lane, record))
      ? { order: undefined, command: { type: 'HearAgain' } }
      : await prepare(wish, known.order, asked, lane);
    const command = { command: prepared.command, record, streams: [numbersStream(lane)] };
    const answered = await answer(() => lanes.handle(lane, command, 'placed', prepared.order));
    if (answered.type === 'refused') {
      if (!mayStand(answered.refusal)) await forgetUnused(parts, prepared.order, undefined);
      return answered;
    }
    const order = acceptedOrder(answered.handled.outcome);
    await forgetUnused(parts, prepared.order, order);
    const until = Math.min(showBy, clock.now() + decisionWaitMs);
    const decided = await decidedOrder(order, { placed: answered.handled.shown, until }, parts);
    if (!decided) return notShownNow();
    const version = lanes.knownVersion(lane);
    return (
      refusedForStock(decided, wish) ?? {
        ...{ type: 'answered', view: decided, version, replayed: answered.handled.replayed },
      }
    );
  };
}

/**
 * The order once inventory has answered, or as it is when waiting takes too long.
 * @param placed how it began, when that is known
 * @returns undefined when the lane is too full to show an order that was placed before
 */
async function decidedOrder(
  order: OrderId,
  { placed, until }: { readonly placed: OrderView | undefined; readonly until: Instant },
  { clock, listeners, reader }: PlaceOrderParts,
): Promise<OrderView | undefined> {
  const sleeper = createSleeper(clock);
  // Before a look: what is told between look and sleep is not missed.
  const stopListening = listeners.listen(order, sleeper.wake);
  // The order stands, also while the lane is too full to be looked at.
  const look = async () => (await orWhenFull(reader.placed(order))) ?? placed;
  try {
    let view = placed ?? (await look());
    for (let sleepMsMax = missedMsMax; ; sleepMsMax = Number.POSITIVE_INFINITY) {
      const leftMs = until - clock.now();
      if (view?.status !== 'PENDING' || leftMs <= 0) return view;
      await sleeper.sleep(Math.min(leftMs, sleepMsMax));
      view = await look();
    }
  } finally {
    stopListening();
  }
}

async function orWhenFull(look: Promise<OrderView>): Promise<OrderView | undefined> {
  try {
    return await look;
  } catch (failure) {
    if (failure instanceof Overloaded) return undefined;
    throw failure;
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

/** An order that may stand would never be read again without its key. */
const mayStand = (refusal: Refusal) => refusal.type === 'Overloaded' && refusal.mayBeDecided;

const notShownNow = () =>
  refused({
    ...{ type: 'Overloaded', retryAfterMs },
    ...{ mayBeDecided: true, elsewhere: false },
  });

const refused = (refusal: Refusal): OrderAnswered => ({ type: 'refused', refusal });
