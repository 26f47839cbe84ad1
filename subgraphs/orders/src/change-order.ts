/** Cancelling and recording payments, from the wish to the answer. */
import type { Lane } from '@holdfast/chassis/lane';
import type { IdempotencyKey } from '@holdfast/schema/identifiers';
import type { Asked } from './asked.ts';
import type { CancelOrder } from './order/cancel.ts';
import type { RecordPayment } from './order/record-payment.ts';
import { viewOrder } from './order/view.ts';
import { answer, type OrderAnswered } from './order-answer.ts';
import { type LaneOrderCommand, orderStream, orders } from './streams.ts';

export type ChangeOrder = CancelOrder | RecordPayment;

export function createChangeOrder(lane: Lane<LaneOrderCommand>) {
  return async (
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
    const { shown, version } = answered.handled;
    if (!shown) throw new Error(`${command.order} was changed and does not exist`);
    return { type: 'answered', view: shown, version };
  };
}
