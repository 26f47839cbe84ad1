/**
 * A keyed hash of a mutation's input: tells a retry from another request, and tells nobody what was
 * asked.
 */
import { createHmac } from 'node:crypto';

/** The same for inputs that mean the same: keys sorted, nulls and absent fields alike. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined && field !== null)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, field]) => `${JSON.stringify(name)}:${canonicalJson(field)}`);
  return `{${fields.join(',')}}`;
}

/** @param input without its idempotency key */
export const inputHash = (secret: string, input: object): string =>
  createHmac('sha256', secret).update(canonicalJson(input)).digest('base64url');
