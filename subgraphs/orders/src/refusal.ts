/**
 * Why a caller is refused, whoever says so: the edge, the facts known of inventory, the rules, or
 * the lane.
 */
import type { ShortSku } from '@holdfast/schema/events';
import type { Sku } from '@holdfast/schema/identifiers';
import { z } from 'zod';
import type { OrderRejection } from './order/decide.ts';

type WithoutMark<Rejection> = Rejection extends unknown ? Omit<Rejection, 'notKept'> : never;

export type Refusal =
  | WithoutMark<OrderRejection>
  | { readonly type: 'UnknownSku'; readonly skus: readonly Sku[]; readonly path: readonly string[] }
  | {
      readonly type: 'InsufficientStock';
      readonly shortfalls: readonly ShortSku[];
      readonly path: readonly string[];
    }
  | { readonly type: 'IdempotencyKeyReused' }
  | {
      readonly type: 'Overloaded';
      readonly retryAfterMs: number;
      /** As the lane's `Overloaded` says: what was made for the command must be kept. */
      readonly mayBeDecided: boolean;
      /** As it says, too: another process of orders may reach the lane. */
      readonly elsewhere: boolean;
    };

const path = z.array(z.string());
const retryAtOnceMs = 50;

/** A rejection as a lane tells it: decided just now, or kept in its rows long ago. */
const toldRejection = z.discriminatedUnion('type', [
  z.object({ type: z.literal('NotFound'), path }),
  z.object({ type: z.literal('InvalidInput'), message: z.string(), path }),
  z.object({ type: z.literal('NotAllowed'), reason: z.string() }),
  z.object({ type: z.literal('VersionConflict'), currentVersion: z.number() }),
  z.object({ type: z.literal('IdempotencyKeyReused') }),
  z.object({ type: z.literal('AnswerForgotten') }).transform(
    (): Refusal => ({
      ...{ type: 'Overloaded', retryAfterMs: retryAtOnceMs },
      ...{ mayBeDecided: false, elsewhere: false },
    }),
  ),
]);

/** @throws ZodError when the lane tells what no rule of orders says: a bug */
export const refusalOf = (rejected: { readonly type: string }): Refusal =>
  toldRejection.parse(rejected);
