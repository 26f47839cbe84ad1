import { expect, it } from 'vitest';
import { canonicalJson, inputHash } from './input-hash.ts';

it('says the same of inputs that mean the same', () => {
  const one = { b: [1, { d: 'x', c: null }], a: undefined };
  expect(canonicalJson(one)).toBe('{"b":[1,{"d":"x"}]}');
  expect(canonicalJson({ b: [1, { c: undefined, d: 'x' }] })).toBe(canonicalJson(one));
  expect(canonicalJson({ d: 1, c: { b: 2, a: 3 } })).toBe('{"c":{"a":3,"b":2},"d":1}');
});

it('tells other content, another order of a list, and other types apart', () => {
  const hashes = [{ a: 1 }, { a: '1' }, { a: [1, 2] }, { a: [2, 1] }, { b: 1 }].map((input) =>
    inputHash('secret', input),
  );
  expect(new Set(hashes).size).toBe(hashes.length);
});

it('says nothing without the secret', () =>
  expect(inputHash('secret', { a: 1 })).not.toBe(inputHash('other', { a: 1 })));
