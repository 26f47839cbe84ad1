import { composeServices } from '@apollo/composition';
import { Supergraph } from '@apollo/federation-internals';
import { inventorySdl, ordersSdl } from '@holdfast/schema/sdl';
import { getOperationAST, getVariableValues, parse, validate } from 'graphql';
import { describe, expect, it } from 'vitest';
import { exampleTabs } from './tabs.ts';

/**
 * What a client sees of the two subgraphs, composed here so that a stale supergraph.graphql cannot
 * hide a breach.
 */
const apiSchema = () => {
  const { supergraphSdl, errors } = composeServices([
    { name: 'inventory', url: 'inventory:', typeDefs: parse(inventorySdl) },
    { name: 'orders', url: 'orders:', typeDefs: parse(ordersSdl) },
  ]);
  if (errors) throw new AggregateError(errors);
  return Supergraph.build(supergraphSdl).apiSchema().toGraphQLJSSchema();
};

describe('the example tabs', () => {
  const schema = apiSchema();
  const tabs = exampleTabs();
  const operation = (query: string) => getOperationAST(parse(query));

  it('starts with a subscription, so that a first press of play shows something live', () =>
    expect(operation(tabs[0]?.query ?? '')?.operation).toBe('subscription'));

  it('makes new idempotency keys for each visit', () =>
    expect(exampleTabs()[2]?.variables).not.toBe(tabs[2]?.variables));

  it.each(tabs.map((tab) => [operation(tab.query)?.name?.value, tab] as const))(
    '%s is valid, and so are its variables',
    (_name, { query, variables }) => {
      expect(validate(schema, parse(query))).toEqual([]);
      const wanted = operation(query)?.variableDefinitions ?? [];
      expect(getVariableValues(schema, wanted, JSON.parse(variables)).errors).toBeUndefined();
    },
  );
});
