/**
 * Finds things in a half-made answer by the planner's paths: names, and `@` for every entry of a
 * list.
 */
import type { ResponsePath } from '@apollo/query-planner';
import { type Fields, get, isObject } from './merge.ts';

/** @returns the objects at the path, in order; what is null on the way is left out */
export const objectsAt = (targets: readonly Fields[], path: ResponsePath): Fields[] => {
  const found: Fields[] = [];
  const walk = (value: unknown, depth: number) => {
    if (!isObject(value)) return;
    const step = path[depth];
    if (Array.isArray(value)) {
      const next = step === '@' ? depth + 1 : depth;
      for (const entry of value) walk(entry, next);
    } else if (step === undefined) {
      found.push(value);
    } else if (step !== '@') {
      walk(get(value, String(step)), depth + 1);
    }
  };
  for (const target of targets) walk(target, 0);
  return found;
};

export type AnswerPath = readonly (string | number)[];

/** Where each object at the path stands in the answer. One object can stand in several places. */
export const placesAt = (root: Fields, path: ResponsePath): ReadonlyMap<Fields, AnswerPath[]> => {
  const places = new Map<Fields, AnswerPath[]>();
  const walk = (value: unknown, depth: number, place: AnswerPath) => {
    if (!isObject(value)) return;
    const step = path[depth];
    if (Array.isArray(value)) {
      const next = step === '@' ? depth + 1 : depth;
      for (const [index, entry] of value.entries()) walk(entry, next, [...place, index]);
    } else if (step === undefined) {
      places.set(value, [...(places.get(value) ?? []), place]);
    } else if (step !== '@') {
      walk(get(value, String(step)), depth + 1, [...place, step]);
    }
  };
  walk(root, 0, []);
  return places;
};
