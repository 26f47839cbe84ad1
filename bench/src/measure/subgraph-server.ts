/**
 * A remote subgraph that costs little: our schema, answers without a store, documents parsed once,
 * bare HTTP.
 */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buildSubgraphSchema } from '@apollo/subgraph';
import { inventorySdl, ordersSdl } from '@holdfast/schema/sdl';
import { type DocumentNode, execute, parse } from 'graphql';
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
const documents = new Map<string, DocumentNode>();

type Call = { readonly query: string; readonly variables?: Record<string, unknown> };

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

async function answer(request: IncomingMessage): Promise<string> {
  const { query, variables = {} } = JSON.parse(await textOf(request)) as Call;
  const document = documents.get(query) ?? parse(query);
  documents.set(query, document);
  return JSON.stringify(await execute({ schema, document, variableValues: variables }));
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
