/** Texts and ids of inputs (INTERFACE "texts") as schemas that give branded values. */
import { isText } from '@holdfast/schema/identifiers';
import { parseMoney } from '@holdfast/schema/money';
import { parseUnits, requestedUnitsMax } from '@holdfast/schema/quantities';
import { z } from 'zod';

/** A string that `parser` understands; otherwise the message. */
export const parsed = <Value>(parser: (text: string) => Value | undefined, message: string) =>
  z.string().transform((text, context) => {
    const value = parser(text);
    if (value !== undefined) return value;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

export const text = (lengthMax: number) =>
  parsed(
    (value) => (isText(value, lengthMax) ? value : undefined),
    `must be 1 to ${lengthMax} characters without control characters or blanks at its ends.`,
  );

/** Null and left out mean the same. */
export const optional = <Schema extends z.ZodType>(schema: Schema) =>
  schema.nullish().transform((value) => value ?? undefined);

const nameLengthMax = 200;
const reasonLengthMax = 500;
const emailLengthMax = 254;
const emailShape = /^[^@]+@[^@]+$/;

export const name = text(nameLengthMax);
export const reason = text(reasonLengthMax);
export const email = parsed(
  (value) => (isText(value, emailLengthMax) && emailShape.test(value) ? value : undefined),
  `must be an e-mail address of up to ${emailLengthMax} characters with one @ inside.`,
);

export const quantity = z.number().transform((value, context) => {
  const units = parseUnits(value);
  if (units !== undefined) return units;
  const message = `must be a whole number from 1 to ${requestedUnitsMax}.`;
  context.addIssue({ code: 'custom', message });
  return z.NEVER;
});

export const money = z
  .object({ amount: z.number(), currency: z.string() })
  .transform(({ amount, currency }, context) => {
    const value = parseMoney(amount, currency);
    if (value) return value;
    const path = parseMoney(0, currency) ? ['amount'] : ['currency'];
    const message = 'must be a whole amount of at least 0 with an ISO 4217 currency, e.g. EUR.';
    context.addIssue({ code: 'custom', message, path });
    return z.NEVER;
  });
