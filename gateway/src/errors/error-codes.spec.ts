import { expect, it } from 'vitest';
import { refusal } from './error-codes.ts';

it('a refusal does not find out where it was made, and the next failure does', () => {
  expect(refusal('OVERLOADED', 'Too many.').stack).not.toContain('\n    at ');
  expect(new Error('a bug').stack).toContain('\n    at ');
});
