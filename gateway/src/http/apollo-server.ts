/** Apollo Server over our executor: its pipeline and its plugins stay, everything it would repeat is off. */
import { ApolloServer, type ApolloServerOptions, HeaderMap } from '@apollo/server';
import {
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { ExecutionResult } from 'graphql';
import type { LoadedFederation } from '../execution/create-federation.ts';
import type { GatewayContext, PreparedOperation } from '../execution/federation.ts';
import type { OperationRequest, RunPrepared } from '../execution/run-operation.ts';

/** What goes with one request through Apollo Server, which copies the context but not what is in it. */
type Exchange = {
  readonly prepared: PreparedOperation;
  readonly context: GatewayContext;
  result: ExecutionResult | undefined;
};

type ServerContext = { readonly exchange: Exchange };

type ServerGateway = Extract<ApolloServerOptions<ServerContext>, { gateway: object }>['gateway'];

const gatewayOf = (
  { gateway, schemaContext }: LoadedFederation,
  run: RunPrepared,
): ServerGateway => ({
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

export type RunHttp = (
  request: OperationRequest,
  prepared: PreparedOperation,
  context: GatewayContext,
) => Promise<{ readonly result: ExecutionResult; readonly text: string }>;

export type GraphqlServer = { readonly run: RunHttp; stop(): Promise<void> };

/** The endpoint has negotiated already; without headers Apollo Server has nothing to parse a second time. */
const noHeaders = new HeaderMap();

export const startApolloServer = async (
  loaded: LoadedFederation,
  runPrepared: RunPrepared,
): Promise<GraphqlServer> => {
  const server = new ApolloServer<ServerContext>({
    gateway: gatewayOf(loaded, runPrepared),
    // Every document has been parsed, validated and limited by `prepare` when it comes here.
    dangerouslyDisableValidation: true,
    persistedQueries: false,
    // Only JSON bodies and GET queries come here, and no cookie is looked at: there is nothing to forge.
    csrfPrevention: false,
    introspection: true,
    includeStacktraceInErrorResponses: false,
    stopOnTerminationSignals: false,
    plugins: [
      ApolloServerPluginLandingPageDisabled(),
      ApolloServerPluginSchemaReportingDisabled(),
      ApolloServerPluginUsageReportingDisabled(),
    ],
  });
  await server.start();
  return {
    run: async (request, prepared, context) => {
      if (process.env.NOAPOLLO) { const result = await runPrepared(prepared, request.variables, context); return { result, text: JSON.stringify(result) }; }
      const exchange: Exchange = { prepared, context, result: undefined };
      // Apollo Server takes null for what was left out, but not undefined.
      const { query, operationName = null, variables = null } = request;
      const parts = { query, operationName, variables };
      const { body } = await server.executeHTTPGraphQLRequest({
        httpGraphQLRequest: { method: 'POST', headers: noHeaders, search: '', body: parts },
        context: () => Promise.resolve({ exchange }),
      });
      if (exchange.result === undefined || body.kind !== 'complete') {
        throw new Error('Apollo Server did not run the operation.');
      }
      return { result: exchange.result, text: body.string };
    },
    stop: () => server.stop(),
  };
};
