import { parseMinorUnits, parseMinorUnitsLiteral } from '@holdfast/schema/scalars';
import { type GraphQLSchema, isScalarType } from 'graphql';

/**
 * A schema made from a supergraph's text takes anything for a scalar of its own; what it may take
 * is told here, so that a wrong amount is the caller's fault and not a subgraph's.
 */
export function readScalars(schema: GraphQLSchema): void {
  const minorUnits = schema.getType('MinorUnits');
  if (!isScalarType(minorUnits)) return;
  minorUnits.parseValue = parseMinorUnits;
  minorUnits.parseLiteral = parseMinorUnitsLiteral;
}
