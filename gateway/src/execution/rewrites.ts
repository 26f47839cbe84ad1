/**
 * What the planner asks to be changed in representations and answers, e.g. for interface objects.
 */
import type { FetchDataRewrite } from '@apollo/query-planner';
import type { GraphQLSchema } from 'graphql';
import { type Fields, get, isObject, put } from './merge.ts';
import { isOfType } from './type-condition.ts';

const fragmentPrefix = '... on ';

const visitAt = (
  schema: GraphQLSchema,
  value: unknown,
  path: readonly string[],
  act: (target: Fields) => void,
): void => {
  if (Array.isArray(value)) {
    for (const entry of value) visitAt(schema, entry, path, act);
    return;
  }
  if (!isObject(value)) return;
  const [first, ...rest] = path;
  if (first === undefined) {
    act(value);
  } else if (first.startsWith(fragmentPrefix)) {
    const typename = get(value, '__typename');
    const condition = first.slice(fragmentPrefix.length);
    if (typeof typename !== 'string' || isOfType(schema, typename, condition)) {
      visitAt(schema, value, rest, act);
    }
  } else {
    visitAt(schema, get(value, first), rest, act);
  }
};

const rewriteField = (rewrite: FetchDataRewrite, key: string) => (target: Fields) => {
  if (rewrite.kind === 'ValueSetter') {
    put(target, key, rewrite.setValueTo);
    return;
  }
  const value = get(target, key);
  if (value === undefined || value === null) return;
  put(target, rewrite.renameKeyTo, value);
  delete target[key];
};

export const applyRewrites = (
  schema: GraphQLSchema,
  rewrites: readonly FetchDataRewrite[] | undefined,
  value: unknown,
): void => {
  for (const rewrite of rewrites ?? []) {
    const key = rewrite.path.at(-1);
    if (key === undefined) continue;
    visitAt(schema, value, rewrite.path.slice(0, -1), rewriteField(rewrite, key));
  }
};
