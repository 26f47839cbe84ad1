import { withFreshIdempotencyKeys } from './idempotency-keys.ts';

type JsonObject = { readonly [name: string]: unknown };
type IdField = 'reservationId' | 'orderId';

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const at = (value: unknown, ...path: readonly string[]): unknown =>
  path.reduce((inner, name) => (isObject(inner) ? inner[name] : undefined), value);

/** The ids that an answer brings and that the example tabs after it need. */
export const idsIn = (response: string): ReadonlyMap<IdField, string> => {
  const ids = new Map<IdField, string>();
  let answer: unknown;
  try {
    answer = JSON.parse(response);
  } catch {
    return ids; // Half-written, or a failure in words: there is no id in it.
  }
  const reservationId = at(answer, 'data', 'reserveStock', 'reservation', 'id');
  const orderId = at(answer, 'data', 'placeOrder', 'order', 'id');
  if (typeof reservationId === 'string') ids.set('reservationId', reservationId);
  if (typeof orderId === 'string') ids.set('orderId', orderId);
  return ids;
};

/**
 * Variables with the ids in their place. Where one changed, the page's own idempotency key changes
 * too: it may have been spent on the id before.
 */
export const carryIds = (variables: string, ids: ReadonlyMap<IdField, string>): string => {
  let carried = variables;
  for (const [field, id] of ids) {
    carried = carried.replace(new RegExp(`("${field}":\\s*)"[^"]*"`), (_whole, name: string) =>
      name.concat(JSON.stringify(id)),
    );
  }
  return carried === variables ? variables : withFreshIdempotencyKeys(carried);
};
