/**
 * Input from outside into commands: every text and number parsed once, with the field's path when
 * it is wrong.
 */
import {
  defaultChannel,
  defaultClass,
  isText,
  parseChannelCode,
  parseClaimId,
  parseClassCode,
  parseIdempotencyKey,
  parseLocationCode,
  parseSku,
} from '@holdfast/schema/identifiers';
import {
  parseUnits,
  parseUnitsOrZero,
  stockConditions,
  type Units,
} from '@holdfast/schema/quantities';
import { z } from 'zod';

/** The input breaks a rule; nothing was changed. */
export class InputRefused extends Error {
  override readonly name = 'InputRefused';
  readonly path: readonly string[];

  constructor(path: readonly string[], message: string) {
    super(message);
    this.path = path;
  }
}

/** @throws InputRefused with the path of the first field that is wrong */
export function parse<Parsed>(shape: z.ZodType<Parsed>, input: unknown): Parsed {
  const result = shape.safeParse(input);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw new InputRefused((issue?.path ?? []).map(String), issue?.message ?? 'it cannot be read');
}

/**
 * A field that one of the parsers of schema/ reads; what it does not read is refused with `rule`.
 */
const parsedBy = <Raw, Parsed>(
  raw: z.ZodType<Raw>,
  parser: (value: Raw) => Parsed | undefined,
  rule: string,
) =>
  raw.transform((value, context) => {
    const parsed = parser(value);
    if (parsed !== undefined) return parsed;
    context.addIssue({ code: 'custom', message: rule });
    return z.NEVER;
  });

const codeRule = 'it has 1 to 64 characters, no control characters, no blank at either end';
const key = parsedBy(
  z.string(),
  parseIdempotencyKey,
  'it has 1 to 128 characters, no control characters, no blank at either end',
);
const sku = parsedBy(z.string(), parseSku, codeRule);
const location = parsedBy(z.string(), parseLocationCode, codeRule);
const channel = parsedBy(z.string(), parseChannelCode, codeRule);
const productClass = parsedBy(z.string(), parseClassCode, codeRule);
const quantity = parsedBy(z.number(), parseUnits, 'it is a whole number from 1 to 1,000,000,000');
const quantityOrZero = parsedBy(
  z.number(),
  parseUnitsOrZero,
  'it is a whole number from 0 to 1,000,000,000',
);
const delta = parsedBy(
  z.number(),
  (value) => (parseUnits(Math.abs(value)) === undefined ? undefined : value),
  'it is a whole number from -1,000,000,000 to 1,000,000,000 and not 0',
);

const text = (lengthMax: number) =>
  z.string().refine((value) => isText(value, lengthMax), {
    message: `it has 1 to ${lengthMax} characters, no control characters, no blank at either end`,
  });

const between = (least: number, most: number) =>
  z
    .number()
    .int()
    .refine((value) => value >= least && value <= most, {
      message: `it is a whole number from ${least} to ${most}`,
    });

const condition = z.enum(stockConditions);
const maybe = <Raw, Parsed>(shape: z.ZodType<Parsed, Raw>) =>
  shape.nullish().transform((value) => value ?? undefined);

/**
 * A claim's id is not parsed into a refusal: a malformed id is an unknown one (contract.graphql,
 * Query).
 */
const claim = z.string().transform(parseClaimId);

const linesMax = 100;
const buyer = z.string().refine((value) => isText(value, 128) && value.length >= 16, {
  message: 'it has 16 to 128 characters, no control characters, no blank at either end',
});

const lines = z
  .array(z.object({ sku, quantity, locationCode: maybe(location) }))
  .min(1, 'it has at least 1 line')
  .max(linesMax, `it has at most ${linesMax} lines`);

export const reserveStockInput = z.object({
  idempotencyKey: key,
  channel: channel.nullish().transform((value) => value ?? defaultChannel),
  lines,
  buyer: maybe(buyer),
  ttlSeconds: maybe(between(1, 2 ** 31 - 1)),
});

export const extendReservationInput = z.object({
  idempotencyKey: key,
  reservationId: claim,
  ttlSeconds: between(1, 2 ** 31 - 1),
});

export const releaseReservationInput = z.object({ idempotencyKey: key, reservationId: claim });

const at = { idempotencyKey: key, sku, locationCode: location };
const sellable = condition.nullish().transform((value) => value ?? ('SELLABLE' as const));
const reason = text(500);

export const receiveStockInput = z.object({
  ...at,
  quantity,
  condition: sellable,
  supplyId: maybe(z.string()),
  reference: maybe(text(200)),
});
export const adjustStockInput = z.object({ ...at, delta, condition: sellable, reason });

const moment = z.iso
  .datetime({ offset: true, message: 'it is a moment as in RFC 3339, e.g. 2026-11-21T09:30:00Z' })
  .transform((value) => Date.parse(value));

export const countStockInput = z.object({
  ...at,
  quantity: quantityOrZero,
  condition: sellable,
  compareQuantity: maybe(z.number()),
  includesUpTo: maybe(moment),
  reason,
});
export const moveStockInput = z.object({
  ...at,
  quantity,
  from: condition,
  to: condition,
  reason,
});

const monthSeconds = 30 * 24 * 3_600;
const holdSecondsDefault = 900;
const holdSecondsMaxDefault = 1_800;
const zero = 0 as Units;

export const putProductClassInput = z
  .object({
    idempotencyKey: key,
    code: productClass,
    mode: z.enum(['RESERVATION', 'ALLOCATION']),
    holdSeconds: maybe(between(1, monthSeconds)),
    holdSecondsMax: maybe(between(1, monthSeconds)),
    paymentGraceSeconds: maybe(between(0, monthSeconds)),
    backorder: maybe(z.enum(['NONE', 'AGAINST_SUPPLY', 'UNLIMITED'])),
    safetyStock: maybe(quantityOrZero),
    lowStockAt: maybe(quantityOrZero),
  })
  .transform((input) => {
    const wished = input.holdSeconds ?? holdSecondsDefault;
    const holdSecondsMax = input.holdSecondsMax ?? Math.max(wished, holdSecondsMaxDefault);
    return {
      idempotencyKey: input.idempotencyKey,
      code: input.code,
      rules: {
        mode: input.mode,
        // A bound below the default hold bounds it; a hold that was asked for is checked below.
        holdSeconds: input.holdSeconds ?? Math.min(holdSecondsDefault, holdSecondsMax),
        holdSecondsMax,
        paymentGraceSeconds: input.paymentGraceSeconds ?? 900,
        backorder: input.backorder ?? ('NONE' as const),
        safetyStock: input.safetyStock ?? zero,
        lowStockAt: input.lowStockAt ?? 5,
      },
    };
  })
  .refine(({ rules }) => rules.holdSeconds <= rules.holdSecondsMax, {
    message: 'a hold may not be longer than holdSecondsMax',
    path: ['holdSeconds'],
  });

export const putItemInput = z.object({
  idempotencyKey: key,
  sku,
  name: maybe(text(200)),
  productClass: productClass.nullish().transform((value) => value ?? defaultClass),
  components: maybe(z.array(z.object({ sku, quantity })).max(100, 'it has at most 100 parts')),
});

const isTimeZone = (value: string): boolean => {
  try {
    return Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone !== '';
  } catch {
    // The only way that Intl tells: an unknown zone throws.
    return false;
  }
};

export const putLocationInput = z.object({
  idempotencyKey: key,
  code: location,
  name: text(200),
  timeZone: z
    .string()
    .refine(isTimeZone, { message: 'it is an IANA time zone, e.g. Europe/Berlin' })
    .nullish()
    .transform((value) => value ?? 'UTC'),
});

export const putChannelInput = z.object({
  idempotencyKey: key,
  code: channel,
  name: text(200),
  locationCodes: z
    .array(location)
    .max(200, 'it has at most 200 locations')
    .refine((codes) => new Set(codes).size === codes.length, {
      message: 'each location stands once',
    }),
});
