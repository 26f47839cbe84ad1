/**
 * What an operation costs: every field with fields inside counts 1, times the lengths of the lists
 * around it. What @skip and @include leave out is counted too, so that a cost never depends on what
 * is found.
 */
import {
  type FieldNode,
  type GraphQLError,
  type GraphQLNamedOutputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isInterfaceType,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { refusal } from '../errors/error-codes.ts';
import { type Length, pageSizeMax, resolveLength, sizingOf, usualLength } from './list-length.ts';
import { type Fragments, isIntrospection } from './selections.ts';

type Variables = Readonly<Record<string, unknown>>;

/**
 * Known when prepared as far as it can be; the lists whose length the variables tell are left open.
 */
export type Cost = {
  readonly fixed: number;
  readonly open: readonly { readonly length: Length; readonly each: Cost }[];
  /** Page sizes that the variables tell, or that the document says. */
  readonly pages: readonly Length[];
};

const nothing: Cost = { fixed: 0, open: [], pages: [] };

const plus = (one: Cost, other: Cost): Cost => ({
  fixed: one.fixed + other.fixed,
  open: [...one.open, ...other.open],
  pages: [...one.pages, ...other.pages],
});

const times = (length: Length, each: Cost): Cost => {
  const { pages } = each;
  if (typeof length !== 'number') return { fixed: 0, open: [{ length, each }], pages };
  if (each.open.length > 0) return { fixed: 0, open: [{ length, each }], pages };
  return { fixed: Math.max(0, length) * each.fixed, open: [], pages };
};

type Inside = {
  readonly schema: GraphQLSchema;
  readonly fragments: Fragments;
  /** The length of the lists directly inside, where an argument around them said it. */
  readonly length: Length | undefined;
};

const ofField = (type: GraphQLNamedType | undefined, field: FieldNode, inside: Inside): Cost => {
  if (field.selectionSet === undefined || isIntrospection(field)) return nothing;
  if (!isObjectType(type) && !isInterfaceType(type)) return nothing;
  const definition = type.getFields()[field.name.value];
  if (definition === undefined) return nothing;
  const { length, page } = sizingOf(field, definition);
  const isList = isListType(getNullableType(definition.type));
  const itself: Cost = { fixed: 1, open: [], pages: page === undefined ? [] : [page] };
  const named: GraphQLNamedOutputType = getNamedType(definition.type);
  const innerLength = isList ? undefined : length;
  const each = plus(itself, ofSet(named, field.selectionSet, { ...inside, length: innerLength }));
  return isList ? times(length ?? inside.length ?? usualLength(field.name.value), each) : each;
};

const ofSet = (type: GraphQLNamedType | undefined, set: SelectionSetNode, inside: Inside): Cost => {
  let cost = nothing;
  for (const selection of set.selections) {
    if (selection.kind === Kind.FIELD) {
      cost = plus(cost, ofField(type, selection, inside));
      continue;
    }
    const fragment =
      selection.kind === Kind.INLINE_FRAGMENT
        ? selection
        : inside.fragments.get(selection.name.value);
    if (fragment === undefined) continue;
    const condition = fragment.typeCondition?.name.value;
    const narrowed = condition === undefined ? type : inside.schema.getType(condition);
    cost = plus(cost, ofSet(narrowed, fragment.selectionSet, inside));
  }
  return cost;
};

/** For a valid operation only: fragments that contain themselves would never end. */
export const compileCost = (
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: Fragments,
): Cost => {
  const root = schema.getRootType(operation.operation) ?? undefined;
  return ofSet(root, operation.selectionSet, { schema, fragments, length: undefined });
};

export const costOf = (cost: Cost, variables: Variables): number => {
  let sum = cost.fixed;
  for (const { length, each } of cost.open) {
    sum += resolveLength(length, variables) * costOf(each, variables);
  }
  return sum;
};

/** @returns why the operation may not be run with these variables, or undefined */
export const breachedCost = (
  cost: Cost,
  variables: Variables,
  costMax: number,
): GraphQLError | undefined => {
  for (const page of cost.pages) {
    const size = resolveLength(page, variables);
    if (size <= pageSizeMax) continue;
    return refusal('BAD_USER_INPUT', `A page has at most ${pageSizeMax} entries, not ${size}.`);
  }
  const sum = costOf(cost, variables);
  if (sum <= costMax) return undefined;
  return refusal('COST_LIMIT', `The operation may cost ${sum}; at most ${costMax}.`);
};
