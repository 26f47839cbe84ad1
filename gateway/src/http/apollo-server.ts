/**
 * Apollo Server over our executor: its pipeline and its plugins stay, everything it would repeat is
 * off.
 */
import { ApolloServer, type ApolloServerOptions, HeaderMap } from '@apollo/server';
import {
  ApolloServerPluginCacheControlDisabled,
  ApolloServerPluginInlineTraceDisabled,
  ApolloServerPluginLandingPageDisabled,
  ApolloServerPluginSchemaReportingDisabled,
  ApolloServerPluginUsageReportingDisabled,
} from '@apollo/server/plugin/disabled';
import type { ExecutionResult, FormattedExecutionResult } from 'graphql';
import type { LoadedFederation } from '../execution/create-federation.ts';
import type { GatewayContext, PreparedOperation } from '../execution/federation.ts';
import type { RunPrepared } from '../execution/run-operation.ts';
import { createRunningOperations, type RunningOperations } from './running-operations.ts';

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

const optionsOf = (gateway: Options['gateway'], running: RunningOperations): Options => ({
  gateway,
  // Every document has been parsed, validated and limited by `prepare` when it comes here.
  dangerouslyDisableValidation: true,
  persistedQueries: { cache: running.texts },
  documentStore: running.documents,
  // Only JSON bodies and GET queries come here, and no cookie is looked at: there is nothing to
  // forge.
  csrfPrevention: false,
  introspection: true,
  includeStacktraceInErrorResponses: false,
  stopOnTerminationSignals: false,
  // Each built-in plugin would listen to every request.
  plugins: [
    ApolloServerPluginCacheControlDisabled(),
    ApolloServerPluginInlineTraceDisabled(),
    ApolloServerPluginLandingPageDisabled(),
    ApolloServerPluginSchemaReportingDisabled(),
    ApolloServerPluginUsageReportingDisabled(),
  ],
});

/** Runs what `prepare` has accepted. @returns the result and its JSON */
export type RunHttp = (
  prepared: PreparedOperation,
  variables: Record<string, unknown> | undefined,
  context: GatewayContext,
) => Promise<{ readonly result: ExecutionResult; readonly text: string }>;

export type GraphqlServer = { readonly run: RunHttp; stop(): Promise<void> };

/**
 * The endpoint has read and negotiated already, and writes the answer: what is left for Apollo
 * Server of HTTP is an empty text, which it need not parse a second time.
 */
const http = {
  ...{ method: 'POST', search: '', body: undefined },
  headers: new HeaderMap([['accept', '']]),
};

/** Errors first, as a reader of a long answer wants them. */
const textOf = ({ errors, data, extensions }: FormattedExecutionResult): string =>
  `${JSON.stringify({ errors, data, extensions })}\n`;

export const startApolloServer = async (
  loaded: LoadedFederation,
  runPrepared: RunPrepared,
): Promise<GraphqlServer> => {
  const running = createRunningOperations();
  const server = new ApolloServer(optionsOf(gatewayOf(loaded, runPrepared), running));
  await server.start();
  return {
    run: async (prepared, variables = {}, context) => {
      const exchange: Exchange = { prepared, context, result: undefined };
      const { operationName } = prepared;
      const named = operationName === undefined ? {} : { operationName };
      const { body } = await running.during(prepared, (extensions) =>
        server.executeOperation(
          { http, ...named, variables, extensions },
          { contextValue: { exchange } },
        ),
      );
      if (exchange.result === undefined || body.kind !== 'single') {
        throw new Error('Apollo Server did not run the operation.');
      }
      return { result: exchange.result, text: textOf(body.singleResult) };
    },
    stop: () => server.stop(),
  };
};
