/**
 * Gives what the subgraphs answered the form that the client asked for, with GraphQL's rules for
 * null.
 */
import { type Fields, get, isObject, put } from './merge.ts';
import type { Condition, ObjectShape, Shape, ShapeField, ValueShape } from './shape.ts';

/**
 * A value that the contract does not allow where it stands; its place is null, or the nearest that
 * may be.
 */
export type Violation = { readonly path: (string | number)[]; readonly message: string };

export type ShapedAnswer = {
  readonly data: Fields | null;
  readonly violations: readonly Violation[];
};

type Run = {
  readonly variables: Readonly<Record<string, unknown>>;
  /** Answers of `__schema` and `__type`, by response key. */
  readonly introspection: Fields | undefined;
  readonly violations: Violation[];
};

/** A null that may not stand where it is: the nearest nullable place around it becomes null. */
const invalid = Symbol('invalid');

const violate = (run: Run, message: string): null => {
  run.violations.push({ path: [], message });
  return null;
};

/** Paths grow while the call stack shrinks, so that valid answers pay nothing for them. */
const prefixPaths = (run: Run, from: number, key: string | number): void => {
  for (let index = from; index < run.violations.length; index += 1) {
    run.violations[index]?.path.unshift(key);
  }
};

const holds = (conditions: readonly (readonly Condition[])[], run: Run): boolean =>
  conditions.some((all) => all.every(({ variable, wanted }) => run.variables[variable] === wanted));

const shapeList = (entry: ValueShape, value: unknown, coordinate: string, run: Run): unknown => {
  if (!Array.isArray(value)) return violate(run, `${coordinate} is no list.`);
  const list = new Array<unknown>(value.length);
  let isValid = true;
  for (let index = 0; index < value.length; index += 1) {
    const before = run.violations.length;
    const shaped = shapeValue(entry, value[index], run);
    if (run.violations.length !== before) prefixPaths(run, before, index);
    if (shaped === invalid) isValid = false;
    else list[index] = shaped;
  }
  return isValid ? list : null;
};

const shapeNonNull = (inner: ValueShape, value: unknown, coordinate: string, run: Run) => {
  const before = run.violations.length;
  const shaped = shapeValue(inner, value, run);
  if (shaped !== null) return shaped;
  if (run.violations.length === before) violate(run, `${coordinate} must not be null.`);
  return invalid;
};

const shapeValue = (shape: ValueShape, value: unknown, run: Run): unknown => {
  if (shape.kind === 'nonNull') return shapeNonNull(shape.inner, value, shape.coordinate, run);
  if (value === null || value === undefined) return null;
  switch (shape.kind) {
    case 'leaf':
      return shape.isValid(value) ? value : violate(run, `${shape.coordinate} has no such value.`);
    case 'object':
      return shapeObject(shape.shape, value, shape.coordinate, run);
    case 'list':
      return shapeList(shape.entry, value, shape.coordinate, run);
    default:
      return null;
  }
};

const shapeField = (field: ShapeField, source: Fields, typename: string, run: Run): unknown => {
  if (field.value.kind === 'typename') return typename;
  if (field.value.kind === 'introspection') return get(run.introspection ?? {}, field.key) ?? null;
  const value = field.isInherited ? get(source, field.key) : source[field.key];
  return shapeValue(field.value, value, run);
};

const objectShapeOf = (shape: Shape, source: Fields): ObjectShape | undefined => {
  if (shape.only !== undefined) return shape.only;
  const typename = source.__typename;
  return typeof typename === 'string' ? shape.byTypename(typename) : undefined;
};

const shapeObject = (
  shape: Shape,
  source: unknown,
  coordinate: string,
  run: Run,
): Fields | null => {
  if (!isObject(source)) return violate(run, `${coordinate} is no object.`);
  const object = objectShapeOf(shape, source);
  if (object === undefined) return violate(run, `${coordinate} is of an unknown type.`);
  const answer: Fields = {};
  for (const field of object.fields) {
    if (field.conditions !== undefined && !holds(field.conditions, run)) continue;
    const before = run.violations.length;
    const value = shapeField(field, source, object.typename, run);
    if (run.violations.length !== before) prefixPaths(run, before, field.key);
    if (value === invalid) return null;
    put(answer, field.key, value);
  }
  return answer;
};

/** @param data is only read */
export const shapeAnswer = (
  shape: Shape,
  data: Fields,
  variables: Readonly<Record<string, unknown>>,
  introspection: Fields | undefined,
): ShapedAnswer => {
  const run: Run = { variables, introspection, violations: [] };
  return { data: shapeObject(shape, data, 'The root', run), violations: run.violations };
};
