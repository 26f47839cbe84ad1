import type { FetchNode } from '@apollo/query-planner';
import { buildSchema } from 'graphql';
import { describe, expect, it } from 'vitest';
import type { Fields } from './merge.ts';
import { representationsOf } from './representations.ts';

const schema = buildSchema(
  'type Query { a: Int } type Item { sku: ID id: ID } type Order { id: ID }',
);
const keyOf = (type: string, key: string) => ({
  ...{ kind: 'InlineFragment' as const, typeCondition: type },
  selections: ['__typename', key].map((name) => ({ kind: 'Field' as const, name })),
});
const asked = (keys: readonly ReturnType<typeof keyOf>[], targets: readonly Fields[]) => {
  const fetch = { kind: 'Fetch', requires: keys } as unknown as FetchNode;
  const { representations, entities } = representationsOf(schema, fetch, targets);
  return {
    representations,
    places: entities.map((each) => each.map((one) => targets.indexOf(one))),
  };
};
const item = (fields: Fields): Fields => ({ __typename: 'Item', ...fields });

describe('representations', () => {
  it('name each entity once, with all places where it stands', () => {
    const targets = [item({ sku: 'A', name: 'x' }), item({ sku: 'B' }), item({ sku: 'A' })];
    expect(asked([keyOf('Item', 'sku')], targets)).toEqual({
      representations: [item({ sku: 'A' }), item({ sku: 'B' })],
      places: [[0, 2], [1]],
    });
  });

  it('are told apart by their type, by the name of their key and by its kind of value', () => {
    const keys = [keyOf('Item', 'sku'), keyOf('Item', 'id'), keyOf('Order', 'id')];
    const order = { __typename: 'Order', id: '7' };
    const targets = [item({ sku: '7' }), item({ id: '7' }), item({ id: 7 }), order];
    expect(asked(keys, targets)).toEqual({
      representations: targets,
      places: [[0], [1], [2], [3]],
    });
  });

  it('have all keys that can be told', () => {
    const keys = [keyOf('Item', 'sku'), keyOf('Item', 'id')];
    const targets = [item({ sku: 'A', id: '1' }), item({ sku: 'A', id: '2' })];
    expect(asked(keys, targets)).toEqual({ representations: targets, places: [[0], [1]] });
  });

  it('leave out what cannot be told', () => {
    const targets = [item({ sku: undefined }), { __typename: 'Order', sku: 'A' }, { sku: 'A' }];
    expect(asked([keyOf('Item', 'sku')], targets).representations).toEqual([]);
  });
});
