import type { GraphiQLProps } from 'graphiql';
import { getOperationAST } from 'graphql';
import { type Client, createClient } from 'graphql-ws';
import { graphqlUrl, keepAliveMs, socketUrl } from '../endpoint.ts';
import { newestFirst } from './newest-first.ts';

type Fetcher = GraphiQLProps['fetcher'];
type Headers = Readonly<Record<string, string>>;

const authorizationOf = (headers: Headers) =>
  Object.entries(headers).find(([name]) => name.toLowerCase() === 'authorization')?.[1];

/**
 * One socket for the key in use; another key needs another `connection_init`, so another socket.
 */
const sockets = () => {
  let current: { readonly authorization: string | undefined; readonly client: Client } | undefined;
  return (authorization: string | undefined): Client => {
    if (current && current.authorization === authorization) return current.client;
    current?.client.dispose();
    const client = createClient({
      url: socketUrl,
      lazy: true,
      keepAlive: keepAliveMs,
      ...(authorization === undefined ? {} : { connectionParams: { authorization } }),
      // A lost stream is shown, not resumed: the visitor can read its last cursor and try `after`.
      retryAttempts: 0,
    });
    current = { authorization, client };
    return client;
  };
};

const readableFailure = (failure: unknown) => {
  if (failure instanceof CloseEvent) {
    return new Error(`The socket was closed: ${failure.code} ${failure.reason}`.trim());
  }
  if (failure instanceof Event) return new Error('The socket could not be opened.');
  return failure;
};

/**
 * Queries and mutations by HTTP POST, subscriptions by graphql-transport-ws, both with the key of
 * the headers editor.
 */
export const createFetcher = (): Fetcher => {
  const socketFor = sockets();
  return async (request, options) => {
    const headers: Headers = options?.headers ?? {};
    const document = options?.documentAST;
    const operation = document && getOperationAST(document, request.operationName);
    if (operation?.operation === 'subscription') {
      const stream = socketFor(authorizationOf(headers)).iterate({
        query: request.query,
        variables: request.variables,
        operationName: request.operationName,
      });
      return newestFirst(stream, readableFailure);
    }
    const response = await fetch(graphqlUrl, {
      method: 'POST',
      headers: {
        accept: 'application/graphql-response+json, application/json;q=0.9',
        'content-type': 'application/json',
        ...headers,
      },
      body: JSON.stringify(request),
    });
    return response.json();
  };
};
