/** A subgraph of the least that a door can be tried on. */
import type { Subgraph, SubgraphRequest } from '@holdfast/schema/subgraph';
import {
  GraphQLError,
  GraphQLInt,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
} from 'graphql';

/** What the stub's resolvers did and were told. */
type Seen = { readonly told: SubgraphRequest[]; readonly returned: number[]; produced: number };

/** As the streams of the contexts: its end wakes who waits for its next. */
const ticks = (seen: Seen, count: number, size: number) => {
  const over = Promise.withResolvers<IteratorResult<object>>();
  let at = 0;
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next(): Promise<IteratorResult<object>> {
      if (at === count) return over.promise;
      seen.produced += 1;
      at += 1;
      return { value: { ticks: `${at - 1}`.padEnd(size, '.') }, done: false };
    },
    async return() {
      seen.returned.push(at);
      over.resolve({ value: undefined, done: true });
      return over.promise;
    },
  };
};

const text = { type: GraphQLString };
const whole = { type: new GraphQLNonNull(GraphQLInt) };

const notFound = new GraphQLError('no such thing', { extensions: { code: 'NOT_FOUND' } });

const queryOf = (seen: Seen) =>
  new GraphQLObjectType<unknown, SubgraphRequest>({
    name: 'Query',
    fields: {
      who: {
        ...text,
        resolve: (_, __, context) => {
          seen.told.push(context);
          return context.caller.id;
        },
      },
      refused: { ...text, resolve: () => notFound },
      broken: { ...text, resolve: () => new Error('password of the database') },
      never: { ...text, resolve: () => new Promise(() => {}) },
      slow: { ...text, resolve: () => new Promise((done) => setTimeout(() => done('slow'), 150)) },
    },
  });

const mutation = new GraphQLObjectType<unknown, SubgraphRequest>({
  name: 'Mutation',
  fields: { put: { ...text, resolve: (_, __, { cursors }) => `put ${cursors.push('c1', 'c2')}` } },
});

const subscriptionOf = (seen: Seen) =>
  new GraphQLObjectType({
    name: 'Subscription',
    fields: {
      ticks: {
        ...text,
        args: { count: whole, size: { ...whole, defaultValue: 1 } },
        subscribe: (_, { count, size }) => ticks(seen, count, size),
      },
    },
  });

/** Answers who asks, what refuses, fails and never ends, and ticks. */
export const tickingSubgraph = () => {
  const seen: Seen = { told: [], returned: [], produced: 0 };
  const subscription = subscriptionOf(seen);
  let reason: string | undefined;
  const subgraph: Subgraph = {
    name: 'inventory',
    schema: new GraphQLSchema({ query: queryOf(seen), mutation, subscription }),
    createContext: (request) => request,
    notReady: () => reason,
    lanes: () => ({ count: 4, owned: [1, 3] }),
  };
  return {
    ...{ subgraph, told: seen.told, returned: seen.returned },
    produced: () => seen.produced,
    notReady: (because: string | undefined) => {
      reason = because;
    },
  };
};
