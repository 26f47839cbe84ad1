import { buildSchema, graphql } from 'graphql';
import { expect, it } from 'vitest';
import { StoreAway } from './store-failure.ts';

it('reaches a client typed, with nothing of what stands behind it', async () => {
  const look = () => {
    throw new StoreAway(new Error('connect ECONNREFUSED db.internal:27017'));
  };
  const schema = buildSchema('type Query { look: Int }');
  const { errors } = await graphql({ schema, source: '{ look }', rootValue: { look } });
  expect(JSON.parse(JSON.stringify(errors))).toEqual([
    {
      ...{ message: 'the store does not answer just now; try again', path: ['look'] },
      ...{
        locations: [{ line: 1, column: 3 }],
        extensions: { code: 'UNAVAILABLE', retryAfterMs: 1_000 },
      },
    },
  ]);
});
