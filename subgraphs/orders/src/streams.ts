/** What the lane keeps for orders: the kinds of streams, and which rule decides which command. */
import type { DomainEvent } from '@holdfast/chassis/commit';
import type { Decision } from '@holdfast/chassis/decider';
import type { LaneCommand, LaneRejection } from '@holdfast/chassis/lane/lane';
import { idOfStream, type StreamKind, streamName, type View } from '@holdfast/chassis/stream-kind';
import { decide, type OrderCommand, type OrderRejection } from './order/decide.ts';
import type { Instant, OrderEvent, OrderNumberTaken } from './order/events.ts';
import { checkOrderLaw } from './order/law.ts';
import { evolveNumbers, type Numbers, noNumbers } from './order/number.ts';
import { absentOrder, dueAt, evolve, type Order } from './order/order.ts';
import { decideProcess, type ProcessCommand } from './process/decide.ts';

export const orders: StreamKind<Order, OrderEvent> = {
  prefix: 'order',
  keptMax: 10_000,
  initial: () => absentOrder,
  evolve,
  encode: JSON.stringify,
  decode: (text) => JSON.parse(text) as Order,
  due: dueAt,
};

export const numbers: StreamKind<Numbers, OrderNumberTaken> = {
  prefix: 'numbers',
  initial: () => noNumbers,
  evolve: evolveNumbers,
  encode: JSON.stringify,
  decode: (text) => JSON.parse(text) as Numbers,
};

export const orderStream = (id: string): string => streamName(orders, id);
export const numbersStream = (lane: number): string => streamName(numbers, String(lane));

/**
 * Wants the first answer of a key that is known already; when it was forgotten just now, nothing is
 * decided.
 */
export type HearAgain = { readonly type: 'HearAgain' };

export type LaneOrderCommand =
  | OrderCommand
  | (ProcessCommand & { readonly order: string })
  | HearAgain;

export type LaneOrderRejection =
  | OrderRejection
  | { readonly type: 'AnswerForgotten'; readonly notKept: true };

export function decideInLane(
  command: LaneOrderCommand,
  view: View,
  at: Instant,
): Decision<DomainEvent, unknown, LaneRejection> {
  switch (command.type) {
    case 'HearAgain': {
      const rejection: LaneOrderRejection = { type: 'AnswerForgotten', notKept: true };
      return { type: 'rejected', rejection };
    }
    case 'PlaceOrder':
      return decide(command, absentOrder, () => view.get(numbers, String(command.lane)), at);
    case 'CancelOrder':
    case 'RecordPayment':
      return decide(command, view.get(orders, command.order), () => noNumbers, at);
    case 'NoteFact':
    case 'PassTime':
      return decideProcess(command, view.get(orders, command.order), at);
  }
}

/** The command by which an order hears that its deadline has passed. */
export function timePassed(stream: string): LaneCommand<LaneOrderCommand> {
  return {
    command: { type: 'PassTime', order: idOfStream(stream) },
    record: { type: 'PassTime', by: 'timer', actor: 'holdfast' },
    streams: [stream],
  };
}

export function checkLaw(view: View, stream: string): void {
  if (stream.startsWith('order/')) checkOrderLaw(view.get(orders, idOfStream(stream)));
}
