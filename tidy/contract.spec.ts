import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Supergraph } from '@apollo/federation-internals';
import { buildSchema, parse } from 'graphql';
import { describe, expect, it } from 'vitest';
import { compose } from '../schema/src/compose.ts';
import { missingFrom, undescribed } from './contract.ts';
import { repository } from './syntax.ts';

const read = (file: string) => readFileSync(join(repository, file), 'utf8');

const contract = parse(read('schema/contract.graphql'));
const supergraph = compose();
const api = Supergraph.build(supergraph).apiSchema().toGraphQLJSSchema();

/** The page that the contract was agreed on, where the project lies beside it. */
const agreedPage = join(repository, '..', 'shared', 'contract.graphql');

describe('the public schema', () => {
  it('has all that the contract promises', () => {
    expect(contract.definitions.length).toBeGreaterThan(80);
    expect(missingFrom(api, contract)).toEqual([]);
  });

  it('describes every type, field, argument and value', () => {
    expect(Object.keys(api.getTypeMap()).length).toBeGreaterThan(80);
    expect(undescribed(api)).toEqual([]);
  });

  it('is what `npm run compose` wrote last', () => {
    expect(read('schema/supergraph.graphql')).toBe(`${supergraph}\n`);
  });

  it.runIf(existsSync(agreedPage))('keeps the contract as it was agreed', () => {
    expect(read('schema/contract.graphql')).toBe(readFileSync(agreedPage, 'utf8'));
  });
});

describe('the comparison with the contract', () => {
  const promised = parse(`
    scalar Time
    interface Problem { code: String! }
    enum Status { OPEN CLOSED }
    type Gone implements Problem { code: String!  at: Time! }
    type Kept { status: Status! }
    union Payload = Kept | Gone
    input Ask { key: ID!  note: String }
    type Query { find(key: ID!, status: Status): Payload! }
  `);

  it('names each thing that is missing or different', () => {
    const less = buildSchema(`
      interface Problem { code: String! }
      enum Status { OPEN }
      type Gone { code: String  at: String! }
      type Kept { status: Status! }
      union Payload = Kept
      input Ask { key: ID!  more: Int! }
      type Query {
        find(key: ID, more: Int!): Payload!
        gone(ask: Ask): Gone
        problem: Problem
      }
    `);
    expect(missingFrom(less, promised)).toEqual([
      'scalar Time is missing',
      'Status.CLOSED is missing',
      'Gone does not implement Problem',
      'Gone.code is String, not String!',
      'Gone.at is String!, not Time!',
      'Payload has no member Gone',
      'Ask.more is required, but the contract has no such input',
      'Ask.note is missing',
      'Query.find(more:) is required, but the contract has no such input',
      'Query.find(key:) is ID, not ID!',
      'Query.find(status:) is missing',
    ]);
  });

  it('allows what is more', () => {
    const more = buildSchema(`
      scalar Time
      interface Problem { code: String! }
      enum Status { OPEN CLOSED LATER }
      type Gone implements Problem { code: String!  at: Time!  why: String }
      type Kept { status: Status! }
      union Payload = Kept | Gone
      input Ask { key: ID!  note: String  more: Int  most: Int! = 1 }
      type Query { find(key: ID!, status: Status, more: Int): Payload!  ask(ask: Ask): Int }
    `);
    expect(missingFrom(more, promised)).toEqual([]);
  });

  it('sees what has no description', () => {
    const silent = buildSchema(`
      "Open or not." enum Status { "Open." OPEN CLOSED }
      "Asks." input Ask { key: ID! }
      type Query { "Finds." find("By key." key: ID!, ask: Ask): Status }
    `);
    expect(undescribed(silent).toSorted()).toEqual([
      'Ask.key',
      'Query',
      'Query.find(ask:)',
      'Status.CLOSED',
    ]);
  });
});
