/** Each mutation: parse, handle, answer. */

import type { Clock } from '@holdfast/chassis/clock';
import { answeredInTime } from '@holdfast/chassis/lane/answered-in-time';
import type { Caller } from '@holdfast/schema/caller';
import type { IdempotencyKey, OrderId } from '@holdfast/schema/identifiers';
import type { Asked } from '../asked.ts';
import type { ChangeOrder, createChangeOrder } from '../change-order.ts';
import type { Owner } from '../order/events.ts';
import type { OrderView } from '../order/view.ts';
import { type OrderAnswered, orRefused } from '../order-answer.ts';
import type { createPlaceOrder } from '../place-order.ts';
import type { Refusal } from '../refusal.ts';
import { inputHash } from './input-hash.ts';
import {
  type Parsed,
  parseCancelOrder,
  parsePlaceOrder,
  parseRecordPayment,
} from './parse-input.ts';
import { type Problem, problem } from './problems.ts';
import { requireNoStorefront, requireWrite } from './refused.ts';

/** An input as GraphQL gives it: its types are right, its rules are not checked yet. */
export type RawInput = Readonly<Record<string, unknown>>;

export type Payload =
  | {
      readonly __typename: 'OrderPlaced' | 'OrderCancelled' | 'PaymentRecorded';
      readonly order: OrderView;
    }
  | Problem;

export type Answered = {
  readonly payload: Payload;
  /** The version of the lane that includes the effect; undefined when there is none. */
  readonly version: number | undefined;
  /** True for a refusal that another process of orders may not have to give. */
  readonly elsewhere: boolean;
};

export type Mutation = (input: RawInput, caller: Caller, trace: string) => Promise<Answered>;

export type Mutations = {
  readonly placeOrder: Mutation;
  readonly cancelOrder: Mutation;
  readonly recordPayment: Mutation;
};

export type MutationParts = {
  readonly placeOrder: ReturnType<typeof createPlaceOrder>;
  readonly changeOrder: ReturnType<typeof createChangeOrder>;
  readonly clock: Clock;
  readonly secret: string;
  /** The largest stock that a storefront is shown. */
  readonly storefrontCap: number | undefined;
};

type Typename = Exclude<Payload, Problem>['__typename'];

export function createMutations(parts: MutationParts): Mutations {
  const mutation = mutationOf(parts);
  const change = changeOf(parts);
  return {
    placeOrder: mutation('OrderPlaced', requireWrite, parsePlaceOrder, parts.placeOrder),

    cancelOrder: mutation(
      'OrderCancelled',
      requireWrite,
      (input, { role }) => parseCancelOrder(input, role === 'storefront'),
      ({ key, order, ...wish }, asked) =>
        change(order, key, asked, (id, caller) => ({
          ...{ type: 'CancelOrder', order: id, caller, ...wish },
        })),
    ),

    recordPayment: mutation(
      'PaymentRecorded',
      requirePaymentWrite,
      parseRecordPayment,
      ({ key, order, ...wish }, asked) =>
        change(order, key, asked, (id, caller) => ({
          ...{ type: 'RecordPayment', order: id, caller, ...wish },
        })),
    ),
  };
}

/** The three moves of every mutation. */
function mutationOf({ clock, secret, storefrontCap = Number.POSITIVE_INFINITY }: MutationParts) {
  const refuse = (refusal: Refusal, { role }: Caller): Answered => {
    const unitsShownMax = role === 'storefront' ? storefrontCap : Number.POSITIVE_INFINITY;
    const elsewhere = refusal.type === 'Overloaded' && refusal.elsewhere;
    return { payload: problem(refusal, unitsShownMax), version: undefined, elsewhere };
  };

  return <Wish>(
    __typename: Typename,
    requireRight: (caller: Caller) => void,
    parse: (input: RawInput, caller: Caller) => Parsed<Wish>,
    handle: (wish: Wish, asked: Asked) => Promise<OrderAnswered>,
  ): Mutation =>
    async (input, caller, trace) => {
      requireRight(caller);
      const parsed = parse(input, caller);
      if (parsed.type === 'refused') return refuse(parsed.refusal, caller);
      const { idempotencyKey, ...content } = input;
      const asked = { caller, trace, input: inputHash(secret, content) };
      // Any look on the way may find its lane without an owner, not only the command.
      const answered = await orRefused(() => answeredInTime(clock, handle(parsed.wish, asked)));
      if (answered.type === 'refused') return refuse(answered.refusal, caller);
      const { view: order, version } = answered;
      return { payload: { __typename, order }, version, elsewhere: false };
    };
}

/** Both commands on an order that stands; a malformed id is an unknown one (contract). */
const changeOf =
  ({ changeOrder }: MutationParts) =>
  async (
    order: OrderId | null,
    key: IdempotencyKey,
    asked: Asked,
    command: (order: OrderId, caller: Owner) => ChangeOrder,
  ): Promise<OrderAnswered> => {
    if (!order) return { type: 'refused', refusal: { type: 'NotFound', path: ['orderId'] } };
    const { role, id } = asked.caller;
    return changeOrder(command(order, { role, id }), key, asked);
  };

function requirePaymentWrite(caller: Caller): void {
  requireNoStorefront(caller);
  requireWrite(caller);
}
