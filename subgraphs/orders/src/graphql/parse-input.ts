/** Inputs -> what a caller wants, in branded types. What breaks a rule is named with its path. */
import {
  type LineId,
  parseChannelCode,
  parseClaimId,
  parseIdempotencyKey,
  parseLineId,
  parseOrderId,
  parseSku,
} from '@holdfast/schema/identifiers';
import { type Units, units } from '@holdfast/schema/quantities';
import { z } from 'zod';
import type { LineToCancel } from '../order/cancel.ts';
import { orderLinesMax } from '../order/limits.ts';
import type { PlaceOrderWish } from '../order-wish.ts';
import type { Refusal } from '../refusal.ts';
import { mergeLines, totalOf } from './order-lines.ts';
import { email, money, name, optional, parsed, quantity, reason } from './texts.ts';

export type Parsed<Wish> =
  | { readonly type: 'parsed'; readonly wish: Wish }
  | { readonly type: 'refused'; readonly refusal: Refusal };

/** @returns the first refusal, with the path of its field */
function parse<Wish>(schema: z.ZodType<Wish>, input: unknown): Parsed<Wish> {
  const { success, data, error } = schema.safeParse(input);
  if (success) return { type: 'parsed', wish: data };
  const [issue] = error.issues;
  const path = (issue?.path ?? []).map(String);
  const message = `${path.at(-1) ?? 'input'} ${issue?.message ?? 'is not understood.'}`;
  return { type: 'refused', refusal: { type: 'InvalidInput', message, path } };
}

const key = parsed(
  parseIdempotencyKey,
  'must be 1 to 128 characters without control characters or blanks at its ends.',
);
const code = 'must be 1 to 64 characters without control characters or blanks at its ends.';
const payment = z.object({ reference: name, amount: money });

/**
 * Null where the text cannot be the id of anything: it is then unknown, not malformed (contract).
 */
const knownShape = <Id>(parser: (text: string) => Id | undefined) =>
  z.string().transform((text) => parser(text) ?? null);

const orderLine = z.object({
  sku: parsed(parseSku, code),
  quantity,
  unitPrice: optional(money),
});

const address = z.object({
  ...{ name: optional(name), street: name, city: name, postalCode: name, country: name },
});

const placeOrder: z.ZodType<PlaceOrderWish> = z
  .object({
    idempotencyKey: key,
    channel: optional(parsed(parseChannelCode, code)),
    reservationId: optional(z.string().transform((text) => parseClaimId(text) ?? 'malformed')),
    lines: optional(
      z
        .array(orderLine)
        .min(1, 'must not be empty.')
        .max(orderLinesMax, `must be at most ${orderLinesMax}.`),
    ),
    customer: z.object({ email, name: optional(name), phone: optional(name) }),
    shipTo: optional(address),
    payment: optional(payment),
  })
  .transform((input, context) => {
    const { idempotencyKey, channel, reservationId, lines, customer, shipTo } = input;
    const refuse = (refusal: { path: (string | number)[]; message: string }) => {
      context.addIssue({ code: 'custom', ...refusal });
      return z.NEVER;
    };
    if (!lines && reservationId === undefined) {
      return refuse({ path: ['lines'], message: 'are required without a reservationId.' });
    }
    const total = totalOf(lines ?? [], input.payment);
    if (total.type === 'refused') return refuse(total);
    const merged = lines && mergeLines(lines);
    if (merged?.type === 'refused') return refuse(merged);
    return {
      ...{ key: idempotencyKey, channel, reservation: reservationId, lines: merged?.lines },
      ...{ total: total.total, payment: input.payment, personal: { customer, shipTo } },
    };
  });

export const parsePlaceOrder = (input: unknown) => parse(placeOrder, input);

const cancelLine = z.object({
  lineId: knownShape(parseLineId),
  quantity,
  restock: z.boolean(),
});

/** @param alwaysRestock a storefront's cancel always restocks (INTERFACE "Who") */
const cancelOrderOf = (alwaysRestock: boolean) =>
  z
    .object({
      idempotencyKey: key,
      orderId: knownShape(parseOrderId),
      lines: optional(
        z
          .array(cancelLine)
          .min(1, 'must not be empty.')
          .max(orderLinesMax, `must be at most ${orderLinesMax}.`),
      ),
      reason,
      restock: optional(z.boolean()),
      expectedVersion: optional(z.number().int()),
    })
    .transform((input, context) => {
      const lines = new Map<LineId | null, LineToCancel>();
      for (const [position, { lineId, quantity: more, restock }] of (input.lines ?? []).entries()) {
        const before = lines.get(lineId);
        if (before && !alwaysRestock && before.restock !== restock) {
          const path = ['lines', position, 'restock'];
          context.addIssue({ code: 'custom', path, message: 'differs for one and the same line.' });
          return z.NEVER;
        }
        lines.set(lineId, {
          line: lineId ?? undefined,
          units: add(before?.units, more),
          restock: alwaysRestock || restock,
          position: before?.position ?? position,
        });
      }
      return {
        ...{ key: input.idempotencyKey, order: input.orderId, reason: input.reason },
        lines: input.lines && [...lines.values()],
        restock: alwaysRestock || (input.restock ?? true),
        expectedVersion: input.expectedVersion,
      };
    });

const add = (before: Units | undefined, more: Units): Units => units((before ?? 0) + more);

// Made once: a schema compiles itself when it is first used.
const cancelOrder = cancelOrderOf(false);
const cancelOrderOfStorefront = cancelOrderOf(true);

export const parseCancelOrder = (input: unknown, alwaysRestock: boolean) =>
  parse(alwaysRestock ? cancelOrderOfStorefront : cancelOrder, input);

const recordPayment = z
  .object({
    idempotencyKey: key,
    orderId: knownShape(parseOrderId),
    outcome: z.enum(['AUTHORIZED', 'FAILED']),
    reference: name,
    amount: optional(money),
  })
  .transform(({ idempotencyKey, orderId, ...rest }) => ({
    ...{ key: idempotencyKey, order: orderId, ...rest },
  }));

export const parseRecordPayment = (input: unknown) => parse(recordPayment, input);
