/** Cancelling and recording payments, from the wish to the answer. */
import type { Clock } from '@holdfast/chassis/clock';
import type { Lane } from '@holdfast/chassis/lane';
import type { IdempotencyKey } from '@holdfast/schema/identifiers';
import type { Asked } from './asked.ts';
import { releaseWaitMs } from './config.ts';
import type { CancelOrder } from './order/cancel.ts';
import type { RecordPayment } from './order/record-payment.ts';
import { viewOrder } from './order/view.ts';
import { answer, type OrderAnswered } from './order-answer.ts';
import type { OrderListeners } from './order-listeners.ts';
import { createSleeper } from './sleeper.ts';
import { type LaneOrderCommand, orderStream, orders } from './streams.ts';

export type ChangeOrder = CancelOrder | RecordPayment;

export type ChangeOrderParts = {
  readonly lane: Lane<LaneOrderCommand>;
  readonly clock: Clock;
  /** Told when inventory has taken units of an order back. */
  readonly releases: OrderListeners;
};

export function createChangeOrder({ lane, clock, releases }: ChangeOrderParts) {
  const change = async (
    command: ChangeOrder,
    key: IdempotencyKey,
    { caller, input, trace }: Asked,
  ): Promise<OrderAnswered> => {
    const record = {
      ...{ type: command.type, by: caller.id, actor: caller.role, key, input, trace },
    };
    const streams = [orderStream(command.order)];
    const answered = await answer(() =>
      lane.handle({ command, record, streams }, (view) =>
        viewOrder(view.get(orders, command.order)),
      ),
    );
    if (answered.type === 'refused') return answered;
    const { shown, version, replayed } = answered.handled;
    if (!shown) throw new Error(`${command.order} was changed and does not exist`);
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
