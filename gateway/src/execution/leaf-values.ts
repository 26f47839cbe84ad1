/**
 * Whether a value is what a scalar or enum of the contract may be: a subgraph's word is not taken
 * for it.
 */
import { type GraphQLLeafType, isEnumType } from 'graphql';

export type IsLeafValue = (value: unknown) => boolean;

const intMax = 2 ** 31 - 1;
const isString: IsLeafValue = (value) => typeof value === 'string';

const builtIn: Readonly<Record<string, IsLeafValue>> = {
  Int: (value) => Number.isInteger(value) && Math.abs(Number(value)) <= intMax + 1,
  Float: (value) => typeof value === 'number',
  Boolean: (value) => typeof value === 'boolean',
  String: isString,
  ID: (value) => typeof value === 'string' || Number.isInteger(value),
};

const anything: IsLeafValue = () => true;

export const leafCheck = (type: GraphQLLeafType): IsLeafValue => {
  if (!isEnumType(type)) return builtIn[type.name] ?? anything;
  const names = new Set(type.getValues().map((value) => value.name));
  return (value) => typeof value === 'string' && names.has(value);
};
