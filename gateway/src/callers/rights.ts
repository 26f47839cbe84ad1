/**
 * Who may ask for what (INTERFACE "Who"). Deny by default: a root field without an entry is refused
 * to everyone.
 */
import type { Caller, Role, Scope } from '@holdfast/schema/caller';
import type { GraphQLError, OperationTypeNode } from 'graphql';
import { refusal } from '../errors/error-codes.ts';

type Right = {
  readonly roles: ReadonlySet<Role>;
  /** What a partner's key needs besides its role. */
  readonly partnerScope: Scope | undefined;
};

const right = (roles: readonly Role[], partnerScope?: Scope): Right => ({
  roles: new Set(roles),
  partnerScope,
});

const everyone: readonly Role[] = ['storefront', 'agent', 'partner', 'operator', 'service'];
const staff: readonly Role[] = ['agent', 'partner', 'operator', 'service'];
const keepers: readonly Role[] = ['partner', 'operator', 'service'];

const promise = right(everyone);
const seeStock = right(staff, 'stock:read');
const keepStock = right(keepers, 'stock:write');

/**
 * Rights to what is the caller's own are the subgraph's to judge: only it knows whose an order is.
 */
const rights: Readonly<Record<string, Right>> = {
  'query.availability': promise,
  'query.item': promise,
  'query.reservation': promise,
  'query.stockPositions': seeStock,
  'query.stockMovements': seeStock,
  'query.order': right(everyone, 'orders:read'),
  'query.orderByNumber': right(staff, 'orders:read'),
  'mutation.reserveStock': promise,
  'mutation.extendReservation': promise,
  'mutation.releaseReservation': promise,
  'mutation.placeOrder': right(everyone, 'orders:write'),
  'mutation.cancelOrder': right(everyone, 'orders:write'),
  'mutation.recordPayment': right(staff, 'orders:write'),
  'mutation.receiveStock': keepStock,
  'mutation.adjustStock': keepStock,
  'mutation.countStock': keepStock,
  'mutation.moveStock': keepStock,
  'mutation.putProductClass': keepStock,
  'mutation.putItem': keepStock,
  'mutation.putLocation': keepStock,
  'mutation.putChannel': keepStock,
  'subscription.availabilityChanged': promise,
  'subscription.orderChanged': right(everyone, 'orders:read'),
};

const isGranted = (granted: Right | undefined, caller: Caller): boolean => {
  if (!granted?.roles.has(caller.role)) return false;
  if (caller.role !== 'partner' || granted.partnerScope === undefined) return true;
  return caller.scopes.includes(granted.partnerScope);
};

/** Says whether a caller may select a root field. */
export type MayAsk = (kind: OperationTypeNode, field: string, caller: Caller) => boolean;

export const mayAsk: MayAsk = (kind, field, caller) => {
  // `__typename`, `__schema` and `__type` tell what the contract tells, which is public.
  if (field.startsWith('__')) return true;
  return isGranted(rights[`${kind}.${field}`], caller);
};

/**
 * @param anonymous who a call without a key is: another answer to the same question, "come with a
 * key"
 */
export const refusedRight = (
  kind: OperationTypeNode,
  fields: readonly string[],
  caller: Caller,
  { mayAsk, anonymous }: { readonly mayAsk: MayAsk; readonly anonymous: Caller | undefined },
): GraphQLError | undefined => {
  const refused = fields.find((field) => !mayAsk(kind, field, caller));
  if (refused === undefined) return undefined;
  if (caller === anonymous) return refusal('UNAUTHENTICATED', `\`${refused}\` needs a key.`);
  return refusal('FORBIDDEN', `This key may not ask for \`${refused}\`.`);
};
