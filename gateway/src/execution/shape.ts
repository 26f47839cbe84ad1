/**
 * Compiles an operation's selections, so that the form of its answers is worked out once and not
 * per request: fields merged, fragments resolved by type, conditions kept where they depend on
 * variables.
 */
import {
  type FieldNode,
  type GraphQLNamedOutputType,
  type GraphQLObjectType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql';
import type { Fragments } from '../limits/selections.ts';
import { type IsLeafValue, leafCheck } from './leaf-values.ts';
import { isOfType } from './type-condition.ts';

/** All must hold for one place where a field is selected. */
export type Condition = { readonly variable: string; readonly wanted: boolean };

export type ShapeField = {
  readonly key: string;
  /** True for a name that every object seems to have, such as `constructor` or `__proto__`. */
  readonly isInherited: boolean;
  /** The field is answered when one of these holds; undefined where it always is. */
  readonly conditions: readonly (readonly Condition[])[] | undefined;
  readonly value: ValueShape;
};

export type ValueShape =
  | { readonly kind: 'typename' }
  | { readonly kind: 'introspection' }
  | { readonly kind: 'leaf'; readonly isValid: IsLeafValue; readonly coordinate: string }
  | { readonly kind: 'object'; readonly shape: Shape; readonly coordinate: string }
  | { readonly kind: 'list'; readonly entry: ValueShape; readonly coordinate: string }
  | { readonly kind: 'nonNull'; readonly inner: ValueShape; readonly coordinate: string };

export type ObjectShape = { readonly typename: string; readonly fields: readonly ShapeField[] };

export type Shape = {
  /** Set where the type says which object it is. */
  readonly only: ObjectShape | undefined;
  /**
   * Of an abstract type: by what `__typename` says; undefined for a type that cannot stand here.
   */
  byTypename(typename: string): ObjectShape | undefined;
};

type Selected = {
  readonly node: FieldNode;
  readonly conditions: (readonly Condition[])[];
  readonly sets: SelectionSetNode[];
};

type Compiler = { readonly schema: GraphQLSchema; readonly fragments: Fragments };

const constant = (value: ValueNode): boolean | undefined =>
  value.kind === Kind.BOOLEAN ? value.value : undefined;

/** @returns undefined when the selection is left out whatever the variables say */
const conditionsOf = (
  selection: SelectionNode,
  around: readonly Condition[],
): readonly Condition[] | undefined => {
  let conditions = around;
  for (const directive of selection.directives ?? []) {
    const name = directive.name.value;
    const value = directive.arguments?.[0]?.value;
    if ((name !== 'skip' && name !== 'include') || value === undefined) continue;
    const wanted = name === 'include';
    if (value.kind === Kind.VARIABLE) {
      conditions = [...conditions, { variable: value.name.value, wanted }];
    } else if (constant(value) !== wanted) {
      return undefined;
    }
  }
  return conditions;
};

const applies = (schema: GraphQLSchema, type: GraphQLObjectType, condition: string | undefined) =>
  condition === undefined || isOfType(schema, type.name, condition);

const collect = (
  { schema, fragments }: Compiler,
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
): ReadonlyMap<string, Selected> => {
  const selected = new Map<string, Selected>();
  const addField = (node: FieldNode, conditions: readonly Condition[]) => {
    const key = node.alias?.value ?? node.name.value;
    const field = selected.get(key) ?? { node, conditions: [], sets: [] };
    selected.set(key, field);
    field.conditions.push(conditions);
    if (node.selectionSet) field.sets.push(node.selectionSet);
  };
  const walk = (set: SelectionSetNode, around: readonly Condition[]) => {
    for (const selection of set.selections) {
      const conditions = conditionsOf(selection, around);
      if (conditions === undefined) continue;
      if (selection.kind === Kind.FIELD) {
        addField(selection, conditions);
        continue;
      }
      const fragment =
        selection.kind === Kind.INLINE_FRAGMENT ? selection : fragments.get(selection.name.value);
      if (fragment === undefined) continue;
      if (applies(schema, type, fragment.typeCondition?.name.value)) {
        walk(fragment.selectionSet, conditions);
      }
    }
  };
  for (const set of sets) walk(set, []);
  return selected;
};

const compileNamed = (
  compiler: Compiler,
  type: GraphQLNamedOutputType,
  sets: readonly SelectionSetNode[],
  coordinate: string,
): ValueShape =>
  isLeafType(type)
    ? { kind: 'leaf', isValid: leafCheck(type), coordinate }
    : { kind: 'object', shape: compileShape(compiler, type, sets), coordinate };

const compileValue = (
  compiler: Compiler,
  type: GraphQLOutputType,
  sets: readonly SelectionSetNode[],
  coordinate: string,
): ValueShape => {
  if (isNonNullType(type)) {
    const inner = compileValue(compiler, type.ofType, sets, coordinate);
    return { kind: 'nonNull', inner, coordinate };
  }
  if (isListType(type)) {
    const entry = compileValue(compiler, type.ofType, sets, coordinate);
    return { kind: 'list', entry, coordinate };
  }
  return compileNamed(compiler, type, sets, coordinate);
};

const compileField = (
  compiler: Compiler,
  type: GraphQLObjectType,
  { node, sets }: Selected,
): ValueShape | undefined => {
  const name = node.name.value;
  if (name === '__typename') return { kind: 'typename' };
  if (name === '__schema' || name === '__type') return { kind: 'introspection' };
  const field = type.getFields()[name];
  return field && compileValue(compiler, field.type, sets, `${type.name}.${name}`);
};

const compileObject = (
  compiler: Compiler,
  type: GraphQLObjectType,
  sets: readonly SelectionSetNode[],
): ObjectShape => {
  const fields: ShapeField[] = [];
  for (const [key, selected] of collect(compiler, type, sets)) {
    const value = compileField(compiler, type, selected);
    if (value === undefined) continue;
    const isAlways = selected.conditions.some((all) => all.length === 0);
    const conditions = isAlways ? undefined : selected.conditions;
    fields.push({ key, isInherited: key in Object.prototype, conditions, value });
  }
  return { typename: type.name, fields };
};

const compileShape = (
  compiler: Compiler,
  type: GraphQLNamedOutputType,
  sets: readonly SelectionSetNode[],
): Shape => {
  if (isObjectType(type)) {
    const only = compileObject(compiler, type, sets);
    return { only, byTypename: () => only };
  }
  // Compiled when first met: a union may have many members that an operation never sees.
  const known = new Map<string, ObjectShape>();
  const byTypename = (typename: string): ObjectShape | undefined => {
    const met = known.get(typename);
    if (met !== undefined) return met;
    const object = compiler.schema.getType(typename);
    if (!isObjectType(object) || !isOfType(compiler.schema, typename, type.name)) return undefined;
    const compiled = compileObject(compiler, object, sets);
    known.set(typename, compiled);
    return compiled;
  };
  return { only: undefined, byTypename };
};

/** For a valid operation only. */
export const compileOperation = (
  schema: GraphQLSchema,
  operation: OperationDefinitionNode,
  fragments: Fragments,
): Shape => {
  const root = schema.getRootType(operation.operation);
  if (!root) throw new Error(`The contract has no ${operation.operation}.`);
  return compileShape({ schema, fragments }, root, [operation.selectionSet]);
};
