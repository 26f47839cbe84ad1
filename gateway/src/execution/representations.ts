/**
 * What a subgraph must know of the entities it is asked about: each once, however often they stand
 * in the answer.
 */
import type { FetchNode, QueryPlanFieldNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import type { GraphQLSchema } from 'graphql';
import { type Fields, get, isObject, merge, put } from './merge.ts';
import { applyRewrites } from './rewrites.ts';
import { isOfType } from './type-condition.ts';

export type Representations = {
  readonly representations: readonly Fields[];
  /** By representation, the entities of the answer that it stands for. */
  readonly entities: readonly (readonly Fields[])[];
};

const pickField = (schema: GraphQLSchema, source: Fields, field: QueryPlanFieldNode): unknown => {
  const value = get(source, field.alias ?? field.name);
  const { selections } = field;
  if (selections === undefined || value === undefined || value === null) return value;
  if (!Array.isArray(value)) return isObject(value) ? pick(schema, value, selections) : undefined;
  return value.map((entry) => (isObject(entry) ? pick(schema, entry, selections) : entry));
};

/** @returns null when something that is required is not there */
const pick = (
  schema: GraphQLSchema,
  source: Fields,
  selections: readonly QueryPlanSelectionNode[],
): Fields | null => {
  const picked: Fields = {};
  for (const selection of selections) {
    if (selection.kind === 'Field') {
      const value = pickField(schema, source, selection);
      if (value === undefined) return null;
      put(picked, selection.alias ?? selection.name, value);
      continue;
    }
    const condition = selection.typeCondition;
    const typename = get(source, '__typename');
    if (condition === undefined || typeof typename !== 'string') continue;
    if (!isOfType(schema, typename, condition)) continue;
    // Several keys are alternatives: one that cannot be told leaves the others.
    const fields = pick(schema, source, selection.selections);
    if (fields === null) continue;
    // Of one type, as mostly: there is nothing to merge it with.
    if (selections.length === 1) return fields;
    merge(picked, fields);
  }
  return picked;
};

/**
 * The same text for the same representation. Nearly all have one key that is a text: those need no
 * JSON. Names have no blanks, and JSON begins with a brace.
 */
const identityOf = (picked: Fields): string => {
  const names = Object.keys(picked);
  const [typename, key = ''] = names;
  const value = picked[key];
  return names.length === 2 && typename === '__typename' && typeof value === 'string'
    ? `${picked.__typename} ${key} ${value}`
    : JSON.stringify(picked);
};

export const representationsOf = (
  schema: GraphQLSchema,
  fetch: FetchNode,
  targets: readonly Fields[],
): Representations => {
  const representations: Fields[] = [];
  const entities: Fields[][] = [];
  const placeByText = new Map<string, number>();
  for (const target of targets) {
    const picked = pick(schema, target, fetch.requires ?? []);
    if (!picked?.__typename) continue;
    applyRewrites(schema, fetch.inputRewrites, picked);
    const text = identityOf(picked);
    const place = placeByText.get(text);
    if (place === undefined) {
      placeByText.set(text, representations.length);
      representations.push(picked);
      entities.push([target]);
    } else {
      entities[place]?.push(target);
    }
  }
  return { representations, entities };
};
