/** The federation's door on @apollo/gateway's own executor (GATEWAY 3.1). */
import { composeServices } from '@apollo/composition';
import { operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { buildOperationContext, executeQueryPlan, type ServiceMap } from '@apollo/gateway';
import { type FetchNode, QueryPlanner } from '@apollo/query-planner';
import type { Caller } from '@holdfast/schema/caller';
import type { SubgraphCall } from '@holdfast/schema/subgraph';
import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  GraphQLError,
  getOperationAST,
  getVariableValues,
  parse,
  subscribe,
  validate,
} from 'graphql';
import type {
  DataSource,
  Federation,
  GatewayContext,
  PreparedOperation,
} from '../../src/execution/federation.ts';
import type { StubSubgraphs } from './stub-subgraphs.ts';

const supergraphOf = (subgraphs: StubSubgraphs) => {
  const composed = composeServices(
    subgraphs.map(({ name, typeDefs }) => ({ name, typeDefs, url: `http://${name}` })),
  );
  if (composed.errors) throw new Error(composed.errors.map(String).join('\n'));
  const supergraph = Supergraph.build(composed.supergraphSdl, { validateSupergraph: false });
  return {
    planner: new QueryPlanner(supergraph),
    fedApi: supergraph.apiSchema(),
    apiSchema: supergraph.apiSchema().toGraphQLJSSchema(),
    fullSchema: supergraph.schema.toGraphQLJSSchema(),
  };
};

export const stubDataSource = (
  { schema }: StubSubgraphs[number],
  calls: SubgraphCall[],
): DataSource => {
  const documents = new Map<string, DocumentNode>();
  const parsed = (query: string) => {
    const document = documents.get(query) ?? parse(query);
    documents.set(query, document);
    return document;
  };
  const args = ({ query, variables, operationName }: SubgraphCall) => ({
    schema,
    document: parsed(query),
    variableValues: variables,
    operationName,
  });
  const checked = new Map<string, readonly unknown[]>();
  const valid = ({ query }: SubgraphCall) => {
    const errors = checked.get(query) ?? validate(schema, parse(query));
    checked.set(query, errors);
    return errors;
  };
  return {
    process: async (call) => execute(args(call)),
    subscribe: async (call) => {
      calls.push(call);
      const errors = valid(call);
      if (errors.length > 0) throw new Error(`The hub made a bad call: ${errors}`);
      return subscribe(args(call));
    },
  };
};

type Planned = PreparedOperation & { readonly supergraph: ReturnType<typeof supergraphOf> };

const refused = (error: unknown, code = 'GRAPHQL_VALIDATION_FAILED') => ({
  errors: [new GraphQLError(String(error), { extensions: { code } })],
});

const planned = (
  supergraph: ReturnType<typeof supergraphOf>,
  source: string,
  operationName: string | undefined,
) => {
  const document = parse(source);
  const [error] = validate(supergraph.apiSchema, document);
  const operation = getOperationAST(document, operationName);
  if (error || !operation) return refused(error ?? 'no operation');
  const fed = operationFromDocument(
    supergraph.fedApi,
    document,
    operationName === undefined ? {} : { operationName },
  );
  const { node } = supergraph.planner.buildQueryPlan(fed);
  const primary: FetchNode | undefined = node?.kind === 'Subscription' ? node.primary : undefined;
  const plan =
    node?.kind !== 'Subscription'
      ? node
      : node.rest
        ? { kind: 'Sequence' as const, nodes: [node.primary, node.rest] }
        : node.primary;
  return { source, document, operation, operationName, primary, plan, supergraph };
};

const run = (
  { dataSources }: Pick<Federation, 'dataSources'>,
  prepared: Planned,
  variables: Record<string, unknown>,
  context: GatewayContext,
  primaryResult: ExecutionResult | undefined,
) => {
  const { supergraph, document, operationName, source, primary, operation, plan } = prepared;
  const services = Object.fromEntries(
    Object.entries(dataSources).map(([name, service]) => [
      name,
      {
        process: ({
          request,
        }: {
          request: { query: string; variables: Record<string, unknown> };
        }) =>
          primaryResult !== undefined && request.query === primary?.operation
            ? Promise.resolve(primaryResult)
            : service.process({ ...request, operationName: undefined }, context),
      },
    ]),
  );
  return executeQueryPlan(
    { kind: 'QueryPlan', node: plan } as never,
    services as unknown as ServiceMap,
    {
      request: { query: source, variables },
      document,
      operation,
      schema: supergraph.apiSchema,
      context,
      metrics: {},
    } as never,
    buildOperationContext({
      schema: supergraph.apiSchema,
      operationDocument: document,
      ...(operationName === undefined ? {} : { operationName }),
    }),
    supergraph.fullSchema,
    supergraph.fedApi,
  );
};

export const stubFederation = (first: StubSubgraphs) => {
  const calls: SubgraphCall[] = [];
  const listeners = new Set<() => void>();
  const plans = new Map<string, Planned>();
  let supergraph = supergraphOf(first);
  let generation = 1;
  const executed: string[] = [];
  let gate: Promise<void> | undefined;
  const dataSources = Object.fromEntries(
    first.map((each) => [each.name, stubDataSource(each, calls)]),
  );

  const federation: Federation = {
    get generation() {
      return generation;
    },
    get apiSchema() {
      return supergraph.apiSchema;
    },
    dataSources,
    prepare: (source, operationName) => {
      const key = `${operationName ?? ''}\n${source}`;
      const known = plans.get(key);
      if (known) return known;
      try {
        const made = planned(supergraph, source, operationName);
        if ('errors' in made) return made;
        plans.set(key, made as unknown as Planned);
        return made as unknown as Planned;
      } catch (error) {
        return refused(error, 'GRAPHQL_PARSE_FAILED');
      }
    },
    admit: ({ operation, source }, variables, caller: Caller) => {
      if (source.includes('secret') && caller.role === 'storefront') {
        return refused('Not for you.', 'FORBIDDEN');
      }
      const { coerced, errors } = getVariableValues(
        supergraph.apiSchema,
        operation.variableDefinitions ?? [],
        variables ?? {},
      );
      return coerced ? { variables: coerced } : refused(errors?.[0], 'BAD_USER_INPUT');
    },
    execute: async (prepared, variables, context, primaryResult) => {
      executed.push(context.caller.role);
      await gate;
      return run(federation, prepared as Planned, variables, context, primaryResult);
    },
    onReload: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return {
    federation,
    /** What went upstream. */
    calls,
    /** The role for which each execution ran. */
    executed,
    /** Executions wait for it. */
    hold: (until: Promise<void> | undefined) => {
      gate = until;
    },
    reload: (subgraphs: StubSubgraphs) => {
      supergraph = supergraphOf(subgraphs);
      plans.clear();
      generation += 1;
      for (const listener of listeners) listener();
    },
  };
};
