import { secretKey, signatureOf } from '@holdfast/schema/signed-call';
import type { SubgraphRequest } from '@holdfast/schema/subgraph';
import { GraphQLObjectType, GraphQLSchema, GraphQLString } from 'graphql';
import { expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { serveSubgraph } from '../subgraph/serve-subgraph.http.ts';

const secret = 'the secret of this installation, long enough';
const caller = Buffer.from(JSON.stringify({ role: 'operator', id: 'operator:1', scopes: [] }));

const schema = new GraphQLSchema({
  query: new GraphQLObjectType<unknown, SubgraphRequest>({
    name: 'Query',
    fields: {
      here: { type: GraphQLString, resolve: () => 'answered' },
      outOfReach: {
        type: GraphQLString,
        resolve(_, __, { askElsewhere }) {
          askElsewhere?.();
          return null;
        },
      },
    },
  }),
});

it('what another process may answer better is answered whole, and says so', async () => {
  const served = await serveSubgraph({
    subgraph: {
      ...{ name: 'orders', schema, notReady: () => undefined },
      createContext: (request) => request,
    },
    ...{ secret, host: '127.0.0.1', port: 0, clock: systemClock(), log: { error() {} } },
    metrics: async () => ({ contentType: 'text/plain', text: '' }),
  });
  const ask = async (query: string) => {
    const [method, path, body] = ['POST', '/graphql', JSON.stringify({ query })];
    const headers = {
      'content-type': 'application/json',
      'holdfast-time': String(Date.now()),
      'holdfast-caller': caller.toString('base64url'),
    };
    const signed = signatureOf({ method, path, headers, body }, secretKey(secret));
    const response = await fetch(`${served.url}${path}`, {
      ...{ method, body, headers: { ...headers, 'holdfast-signature': signed } },
    });
    const { data } = (await response.json()) as { readonly data: unknown };
    return { data, nothingDone: response.headers.get('holdfast-nothing-done') };
  };
  try {
    const both = await ask('{ here outOfReach }');
    expect(both).toEqual({
      data: { here: 'answered', outOfReach: null },
      nothingDone: 'elsewhere',
    });
    expect(await ask('{ here }')).toEqual({ data: { here: 'answered' }, nothingDone: null });
  } finally {
    await served.close();
  }
});
