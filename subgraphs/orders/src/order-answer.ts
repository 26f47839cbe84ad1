/** What a caller hears of an order: it stands, or why not. */
import type { Outcome } from '@holdfast/chassis/commit';
import { type Handled, Overloaded } from '@holdfast/chassis/lane/lane';
import { StoreAway } from '@holdfast/chassis/store-failure';
import { type OrderId, parseOrderId } from '@holdfast/schema/identifiers';
import { z } from 'zod';
import type { OrderView } from './order/view.ts';
import { type Refusal, refusalOf } from './refusal.ts';

export type Refused = { readonly type: 'refused'; readonly refusal: Refusal };

export type OrderAnswered =
  | {
      readonly type: 'answered';
      readonly view: OrderView;
      /** The version of the lane that includes what is answered. */
      readonly version: number;
      /** True for the answer to an earlier request. */
      readonly replayed: boolean;
    }
  | Refused;

export type HandledOrRefused<Shown> =
  | { readonly type: 'handled'; readonly handled: Handled<Shown> }
  | Refused;

/**
 * A lane that is full, or has no owner for too long, refuses, and so does a store that is away: the
 * same key may be sent again. @throws any other failure
 */
export async function orRefused<Answer>(ask: () => Promise<Answer>): Promise<Answer | Refused> {
  try {
    return await ask();
  } catch (failure) {
    if (!(failure instanceof Overloaded || failure instanceof StoreAway)) throw failure;
    const { retryAfterMs } = failure;
    // A store that went away may have kept what was on its way to it.
    const mayBeDecided = failure instanceof StoreAway || failure.mayBeDecided;
    const elsewhere = failure instanceof Overloaded && failure.elsewhere;
    const refusal = { type: 'Overloaded', retryAfterMs, mayBeDecided, elsewhere } as const;
    return { type: 'refused', refusal };
  }
}

/** Sorts what a lane says into yes and no. @throws what is a failure and not a refusal */
export const answer = <Shown>(
  ask: () => Promise<Handled<Shown>>,
): Promise<HandledOrRefused<Shown>> =>
  orRefused(async () => {
    const handled = await ask();
    const { outcome } = handled;
    if ('accepted' in outcome) return { type: 'handled', handled };
    return { type: 'refused', refusal: refusalOf(outcome.rejected) };
  });

const acceptedAnswer = z.object({
  accepted: z.object({
    order: z.string().transform((text, context): OrderId => {
      const order = parseOrderId(text);
      if (order) return order;
      context.addIssue({ code: 'custom', message: 'not an order id' });
      return z.NEVER;
    }),
  }),
});

/** The order that an accepted command was about, also when it was accepted long ago. */
export const acceptedOrder = (outcome: Outcome): OrderId =>
  acceptedAnswer.parse(outcome).accepted.order;
