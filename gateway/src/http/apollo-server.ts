/**
 * Apollo Server over our executor. Its pipeline looks at an operation and never at who asks or with
 * which variables, so that each operation goes through it once and from then on straight to the
 * executor: a second look cost some 5 % of a request and said the same.
 */
import { ApolloServer, type ApolloServerOptions } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { ExecutionResult } from 'graphql';
import type { LoadedFederation } from '../execution/create-federation.ts';
import type { GatewayContext, PreparedOperation } from '../execution/federation.ts';
import type { RunPrepared } from '../execution/run-operation.ts';

/**
 * What goes with one request through Apollo Server, which copies the context but not what is in it.
 */
type Exchange = {
  readonly prepared: PreparedOperation;
  readonly context: GatewayContext;
  result: ExecutionResult | undefined;
};

type ServerContext = { readonly exchange: Exchange };

type Options = Extract<ApolloServerOptions<ServerContext>, { gateway: object }>;

const gatewayOf = (
  { gateway, schemaContext }: LoadedFederation,
  run: RunPrepared,
): Options['gateway'] => ({
  load: async () => ({
    executor: async ({ request, context }) => {
      const { exchange }: Partial<ServerContext> = context;
      if (exchange === undefined) throw new Error('An operation came past the endpoint.');
      exchange.result = await run(exchange.prepared, request.variables, exchange.context);
      return exchange.result;
    },
  }),
  onSchemaLoadOrUpdate: (listener) => {
    listener(schemaContext());
    return gateway.onSchemaLoadOrUpdate(listener);
  },
  stop: () => gateway.stop(),
});

const optionsOf = (gateway: Options['gateway']): Options => ({
  gateway,
  // Every document has been parsed, validated and limited by `prepare` when it comes here.
  dangerouslyDisableValidation: true,
  persistedQueries: false,
  documentStore: null,
  // Only JSON bodies and GET queries come here, and no cookie is looked at: there is nothing to
  // forge.
  csrfPrevention: false,
  introspection: true,
  includeStacktraceInErrorResponses: false,
  stopOnTerminationSignals: false,
  // A plugin would hear of the first request of an operation only.
  plugins: [
    ApolloServerPluginCacheControlDisabled(),
    ApolloServerPluginInlineTraceDisabled(),
    ApolloServerPluginLandingPageDisabled(),
    ApolloServerPluginSchemaReportingDisabled(),
    ApolloServerPluginUsageReportingDisabled(),
  ],
});

export type GraphqlServer = { readonly run: RunPrepared; stop(): Promise<void> };

const runThrough =
  (server: ApolloServer<ServerContext>): RunPrepared =>
  async (prepared, variables = {}, context) => {
    const exchange: Exchange = { prepared, context, result: undefined };
    const { source: query, operationName } = prepared;
    const named = operationName === undefined ? {} : { operationName };
    await server.executeOperation({ query, ...named, variables }, { contextValue: { exchange } });
    if (exchange.result === undefined) {
      throw new Error('Apollo Server did not run the operation.');
    }
    return exchange.result;
  };

export const startApolloServer = async (
  loaded: LoadedFederation,
  runPrepared: RunPrepared,
): Promise<GraphqlServer> => {
  const server = new ApolloServer(optionsOf(gatewayOf(loaded, runPrepared)));
  await server.start();
  const run = runThrough(server);
  const passed = new WeakSet<PreparedOperation>();
  const runFirst: RunPrepared = async (prepared, variables, context) => {
    const result = await run(prepared, variables, context);
    passed.add(prepared);
    return result;
  };
  return {
    run: (prepared, variables, context) =>
      (passed.has(prepared) ? runPrepared : runFirst)(prepared, variables, context),
    stop: () => server.stop(),
  };
};
