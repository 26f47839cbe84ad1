/**
 * Whether an operation may be run with these variables by this caller; nothing has been run when it
 * may not.
 */
import type { Caller } from '@holdfast/schema/caller';
import { type GraphQLSchema, getVariableValues } from 'graphql';
import { type MayAsk, refusedRight } from '../callers/rights.ts';
import { refusal } from '../errors/error-codes.ts';
import { breachedCost } from '../limits/cost.ts';
import type { PreparedOperation, Refused } from './federation.ts';

export type Admission = {
  readonly apiSchema: GraphQLSchema;
  readonly mayAsk: MayAsk;
  readonly anonymous: Caller | undefined;
  readonly costMax: number;
};

const coercionErrorsMax = 20;

export const admitOperation = (
  prepared: PreparedOperation,
  variables: Record<string, unknown>,
  caller: Caller,
  admission: Admission,
): { readonly variables: Record<string, unknown> } | Refused => {
  const { operation, rootFields, cost } = prepared;
  const notAllowed = refusedRight(operation.operation, rootFields, caller, admission);
  if (notAllowed) return { errors: [notAllowed] };
  const { errors, coerced } = getVariableValues(
    admission.apiSchema,
    operation.variableDefinitions ?? [],
    variables,
    { maxErrors: coercionErrorsMax, hideSuggestions: true },
  );
  if (errors) {
    return {
      errors: errors.map(({ message, nodes }) => refusal('BAD_USER_INPUT', message, { nodes })),
    };
  }
  const tooDear = breachedCost(cost, coerced, admission.costMax);
  return tooDear ? { errors: [tooDear] } : { variables: coerced };
};
