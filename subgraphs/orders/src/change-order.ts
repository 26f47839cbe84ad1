/** Cancelling and recording payments, from the wish to the answer. */
import type { Clock } from '@holdfast/chassis/clock';
import type { IdempotencyKey } from '@holdfast/schema/identifiers';
import type { Asked } from './asked.ts';
import { releaseWaitMs } from './config.ts';
import { laneOfOrder, type OrderLanes } from './looks.ts';
import type { CancelOrder } from './order/cancel.ts';
import type { RecordPayment } from './order/record-payment.ts';
import { answer, type OrderAnswered } from './order-answer.ts';
import type { OrderListeners } from './order-listeners.ts';
import { createSleeper } from './sleeper.ts';
import { orderStream } from './streams.ts';

export type ChangeOrder = CancelOrder | RecordPayment;

export type ChangeOrderParts = {
  readonly lanes: OrderLanes;
  readonly clock: Clock;
  /** Told when inventory has taken units of an order back. */
  readonly releases: OrderListeners;
};

export function createChangeOrder({ lanes, clock, releases }: ChangeOrderParts) {
  const change = async (
    command: ChangeOrder,
    key: IdempotencyKey,
    { caller, input, trace }: Asked,
  ): Promise<OrderAnswered> => {
    const record = {
      ...{ type: command.type, by: caller.id, actor: caller.role, key, input, trace },
    };
    const { order } = command;
    const asked = { command, record, streams: [orderStream(order)] };
    const lane = laneOfOrder(order, lanes.count);
    const answered = await answer(() => lanes.handle(lane, asked, 'order', order));
    if (answered.type === 'refused') return answered;
    const { shown, version, replayed } = answered.handled;
    if (!shown) throw new Error(`${order} was changed and does not exist`);
    return { type: 'answered', view: shown, version, replayed };
  };

  return async (command: ChangeOrder, key: IdempotencyKey, asked: Asked) => {
    const released = createSleeper(clock);
    // Before the command: its answer may be there before we listen.
    const stopListening = releases.listen(command.order, released.wake);
    try {
      const answered = await change(command, key, asked);
      if (givesBack(command, answered)) await released.sleep(releaseWaitMs);
      return answered;
    } finally {
      stopListening();
    }
  };
}

/** Inventory answers with a release where the order had units, or waited for some. */
const givesBack = (command: ChangeOrder, answered: OrderAnswered): boolean =>
  command.type === 'CancelOrder' &&
  answered.type === 'answered' &&
  !answered.replayed &&
  answered.view.history.some(
    ({ type }) => type === 'order.allocated' || type === 'order.backordered',
  );
