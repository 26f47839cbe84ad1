/**
 * Puts together what subgraphs answer. Names in an answer are chosen by clients (aliases) and
 * subgraphs: a key called `__proto__` must become a field like any other and never reach
 * Object.prototype (CVE-2026-32621).
 */

/** An object of an answer: whatever was selected, under the names that it was selected by. */
export type Fields = Record<string, unknown>;

/** True for objects and for lists, as their callers know which. */
export const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null;

export const put = (target: Fields, key: string, value: unknown): void => {
  if (key !== '__proto__') {
    target[key] = value;
    return;
  }
  const property = { value, enumerable: true, writable: true, configurable: true };
  Object.defineProperty(target, key, property);
};

export const get = (source: Fields, key: string): unknown =>
  Object.hasOwn(source, key) ? source[key] : undefined;

const mergeLists = (target: unknown[], source: readonly unknown[]): void => {
  for (let index = 0; index < source.length; index += 1) {
    const theirs = source[index];
    const ours = target[index];
    if (isObject(ours) && isObject(theirs)) merge(ours, theirs);
    else target[index] = theirs;
  }
};

/**
 * Deep: lists of the same length are merged place by place. Parts of `source` become parts of
 * `target`.
 */
export const merge = (target: Fields, source: Fields): void => {
  if (Array.isArray(target)) {
    if (Array.isArray(source)) mergeLists(target, source);
    return;
  }
  for (const key of Object.keys(source)) {
    const theirs = source[key];
    if (theirs === undefined) continue;
    const ours = get(target, key);
    if (isObject(ours) && isObject(theirs) && Array.isArray(ours) === Array.isArray(theirs)) {
      merge(ours, theirs);
    } else {
      put(target, key, theirs);
    }
  }
};
