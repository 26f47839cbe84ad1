/**
 * How long a list is before anything is run: what an argument says, else what the contract usually
 * has.
 */
import { type FieldNode, type GraphQLField, Kind, type ValueNode } from 'graphql';

type Variables = Readonly<Record<string, unknown>>;

/** A number that is known when the operation is prepared, or one that its variables tell. */
export type Length = number | ((variables: Variables) => number);

export const resolveLength = (length: Length, variables: Variables): number =>
  Math.max(0, typeof length === 'number' ? length : length(variables));

export const pageSizeDefault = 20;
/** DESIGN 8: above is an error, not a shorter page. */
export const pageSizeMax = 100;

/** The contract's plain lists: as long as they are likely to be. */
const usualLengths: Readonly<Record<string, number>> = {
  byLocation: 5,
  stockPositions: 5,
  lines: 10,
  shortfalls: 10,
  alternatives: 10,
  conditions: 3,
};
const usualLengthOfOthers = 10;

export const usualLength = (fieldName: string): number =>
  usualLengths[fieldName] ?? usualLengthOfOthers;

const argumentOf = (field: FieldNode, name: string): ValueNode | undefined =>
  field.arguments?.find((argument) => argument.name.value === name)?.value;

const listLength = (value: ValueNode): Length => {
  if (value.kind !== Kind.VARIABLE) return value.kind === Kind.LIST ? value.values.length : 1;
  const name = value.name.value;
  return (variables) => {
    const given = variables[name];
    return Array.isArray(given) ? given.length : 1;
  };
};

const pageSize = (value: ValueNode | undefined): Length => {
  if (value?.kind === Kind.INT) return Number(value.value);
  if (value?.kind !== Kind.VARIABLE) return pageSizeDefault;
  const name = value.name.value;
  return (variables) => {
    const given = variables[name];
    return typeof given === 'number' ? given : pageSizeDefault;
  };
};

export type Sizing = {
  /** Of the field's own list, or of the lists directly inside it. */
  readonly length: Length | undefined;
  /** Set where it is the size of a page, which has a bound. */
  readonly page: Length | undefined;
};

/** What `skus` or `first` says of a field. */
export const sizingOf = (field: FieldNode, definition: GraphQLField<unknown, unknown>): Sizing => {
  const skus = argumentOf(field, 'skus');
  if (skus !== undefined) return { length: listLength(skus), page: undefined };
  if (!definition.args.some(({ name }) => name === 'first')) {
    return { length: undefined, page: undefined };
  }
  const page = pageSize(argumentOf(field, 'first'));
  return { length: page, page };
};
