/**
 * Our executor and the stock one of @apollo/gateway, over the same supergraph and the same data
 * sources.
 */
import { ApolloGateway } from '@apollo/gateway';
import { type ExecutionResult, getOperationAST, parse } from 'graphql';
import { createMaskErrors } from '../../src/errors/mask-errors.ts';
import { createContext } from '../../src/execution/context.ts';
import { createFederation } from '../../src/execution/create-federation.ts';
import type { DataSource } from '../../src/execution/federation.ts';
import { defaultLimits } from '../../src/limits/limits.ts';
import { inProcessSource } from '../../src/sources/in-process.ts';
import { callers } from './contract.ts';
import { composeShopAndCatalog, shopAndCatalog } from './shop-and-catalog.ts';

const quiet = { info: () => {}, error: () => {} };
const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

export const contextForTest = () => createContext({ caller: callers.operator, address: '' });

type Variables = Record<string, unknown>;

export const ourFederation = async (sources: Readonly<Record<string, DataSource>>) => {
  const { federation } = await createFederation({
    supergraphSdl: composeShopAndCatalog(),
    dataSources: sources,
    mayAsk: () => true,
    anonymous: undefined,
    limits: defaultLimits,
    maskErrors: createMaskErrors(quiet),
  });
  return federation;
};

export const sourcesInProcess = (): Record<string, DataSource> =>
  Object.fromEntries(
    shopAndCatalog().map((subgraph) => [subgraph.name, inProcessSource(subgraph, 1_000)]),
  );

export const runOurs = async (
  federation: Awaited<ReturnType<typeof ourFederation>>,
  query: string,
  variables: Variables = {},
): Promise<ExecutionResult> => {
  const prepared = federation.prepare(query, undefined);
  if ('errors' in prepared) return prepared;
  const admitted = federation.admit(prepared, variables, callers.operator);
  if ('errors' in admitted) return admitted;
  return federation.execute(prepared, admitted.variables, contextForTest());
};

export const stockGateway = async (sources: Readonly<Record<string, DataSource>>) => {
  const gateway = new ApolloGateway({
    supergraphSdl: composeShopAndCatalog(),
    logger: silent,
    buildService: ({ name }) => ({
      process: async ({ request }) => {
        const { query = '', variables = {}, operationName } = request;
        const call = { query, variables, operationName };
        const result = await sources[name]?.process(call, contextForTest());
        return { ...result, data: result?.data ?? null } as never;
      },
    }),
  });
  const { schema, executor } = await gateway.load();
  return (query: string, variables: Variables = {}): Promise<ExecutionResult> => {
    const document = parse(query);
    const operation = getOperationAST(document, undefined);
    // The stock executor reads no more of a request than this.
    const request = {
      request: { query, variables },
      logger: silent,
      schema,
      context: {},
      queryHash: query,
      document,
      source: query,
      operation,
      operationName: null,
      metrics: {},
    };
    return executor(request as never);
  };
};
