/**
 * A remote subgraph that costs little, so that the gateway before it is what a load measures: our
 * schema, answers without a store, each worked out once, bare HTTP.
 */
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { inventorySdl, ordersSdl } from '@holdfast/schema/sdl';
import { graphql, parse } from 'graphql';
import { tellAddress } from './addressed-server.ts';
import { caseFromParent } from './child.ts';

export type SubgraphCase = { readonly name: 'inventory' | 'orders' };

const linesOfOrder = 10;

const orderOf = (id: string) => ({
  ...{ id, number: `17-${id.slice(4)}`, status: 'CONFIRMED' },
  lines: Array.from({ length: linesOfOrder }, (_, at) => {
    const sku = `bench-${id}-${at}`;
    return { id: `lin_${id}_${at}`, sku, quantity: 1, item: { sku } };
  }),
});

const subgraphs = {
  orders: {
    typeDefs: ordersSdl,
    resolvers: { Query: { order: (_: unknown, { id }: { readonly id: string }) => orderOf(id) } },
  },
  inventory: {
    typeDefs: inventorySdl,
    resolvers: {
      Item: {
        __resolveReference: ({ sku }: { readonly sku: string }) => ({
          ...{ sku, name: `Bench item ${sku}` },
        }),
      },
    },
  },
};

const { typeDefs, resolvers } = subgraphs[caseFromParent<SubgraphCase>().name];
const schema = buildSubgraphSchema([{ typeDefs: parse(typeDefs), resolvers }]);
/** By what was asked: a load asks few things, again and again. */
const answers = new Map<string, string>();

type Call = { readonly query: string; readonly variables?: Record<string, unknown> };

async function textOf(request: IncomingMessage): Promise<string> {
  let text = '';
  request.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
  });
  await once(request, 'end');
  return text;
}

async function answer(request: IncomingMessage): Promise<string> {
  const asked = await textOf(request);
  const known = answers.get(asked);
  if (known !== undefined) return known;
  const { query: source, variables = {} } = JSON.parse(asked) as Call;
  const text = JSON.stringify(await graphql({ schema, source, variableValues: variables }));
  answers.set(asked, text);
  return text;
}

const server = createServer((request, response) => {
  answer(request).then(
    (text) => {
      response.writeHead(200, {
        'content-type': 'application/json',
        'content-length': Buffer.byteLength(text),
      });
      response.end(text);
    },
    (failure: unknown) => response.writeHead(500).end(String(failure)),
  );
});
server.listen(0, '127.0.0.1', () => {
  const { port } = server.address() as AddressInfo;
  tellAddress(`http://127.0.0.1:${port}/graphql`);
});
