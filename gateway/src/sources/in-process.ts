/** A subgraph in the same process: executed directly, nothing is sent or parsed twice. */
import type { Subgraph, SubgraphCall } from '@holdfast/schema/subgraph';
import { type DocumentNode, type ExecutionResult, execute, parse, subscribe } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { DataSource, GatewayContext } from '../execution/federation.ts';
import { withinTime } from './within-time.ts';

const documentsMax = 5_000; // a few for each prepared operation

/** Each gateway's request has one context here, so that loaders are shared by its fetches. */
const contextOf = (subgraph: Subgraph, context: GatewayContext): object => {
  const known = context.kept.get(subgraph);
  if (known !== undefined) return known;
  const own = subgraph.createContext(context);
  context.kept.set(subgraph, own);
  return own;
};

export const inProcessSource = (subgraph: Subgraph, timeoutMs: number): DataSource => {
  const documents = new LRUCache<string, DocumentNode>({ max: documentsMax });
  const documentOf = (query: string): DocumentNode => {
    let document = documents.get(query);
    if (document === undefined) {
      // Planned from the contract that the subgraph's schema is built from: valid without another
      // look.
      document = parse(query, { noLocation: true });
      documents.set(query, document);
    }
    return document;
  };
  const argumentsOf = (call: SubgraphCall, context: GatewayContext) => ({
    schema: subgraph.schema,
    document: documentOf(call.query),
    variableValues: call.variables,
    operationName: call.operationName,
    contextValue: contextOf(subgraph, context),
  });
  return {
    process: async (call, context) => {
      const result = execute(argumentsOf(call, context));
      return result instanceof Promise
        ? withinTime<ExecutionResult>(result, timeoutMs, subgraph.name)
        : result;
    },
    subscribe: (call, context) => subscribe(argumentsOf(call, context)),
  };
};
