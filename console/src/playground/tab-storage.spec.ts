import { expect, it } from 'vitest';
import { withoutHeaders } from './tab-storage.ts';

it('never stores the key of a request in the history', () => {
  const history = JSON.stringify({
    queries: [{ query: '{ a }', variables: '{}', headers: '{"Authorization": "Bearer secret"}' }],
  });
  expect(JSON.parse(withoutHeaders(history))).toEqual({
    queries: [{ query: '{ a }', variables: '{}' }],
  });
});
