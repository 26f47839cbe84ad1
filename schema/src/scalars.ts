/**
 * What the contract's scalars take. The gateway refuses the rest before anything is asked; the
 * subgraph that owns the field reads by the same rule.
 */
import { GraphQLError, Kind, type ValueNode } from 'graphql';

/** @throws GraphQLError for what is no whole number below 2^53 */
export function parseMinorUnits(value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return value;
  throw new GraphQLError('MinorUnits must be a whole number below 2^53');
}

/** @throws GraphQLError for what is no whole number below 2^53 */
export const parseMinorUnitsLiteral = (literal: ValueNode): number =>
  parseMinorUnits(literal.kind === Kind.INT ? Number(literal.value) : undefined);
