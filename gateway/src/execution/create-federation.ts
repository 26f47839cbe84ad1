/** Plans over the supergraph that @apollo/gateway holds, run by our own executor. */

import { operationFromDocument, Supergraph } from '@apollo/federation-internals';
import { ApolloGateway } from '@apollo/gateway';
import { QueryPlanner } from '@apollo/query-planner';
import type { Caller } from '@holdfast/schema/caller';
import type { GraphQLSchema } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { MayAsk } from '../callers/rights.ts';
import type { MaskErrors } from '../errors/mask-errors.ts';
import type { Limits } from '../limits/limits.ts';
import { admitOperation } from './admit.ts';
import { executeOperation } from './execute.ts';
import type { DataSource, Federation, PreparedOperation, Refused } from './federation.ts';
import { isRefused, type PlanQuery, prepareOperation } from './prepare.ts';
import { readScalars } from './scalars.ts';

export type FederationOptions = {
  readonly supergraphSdl: string;
  readonly dataSources: Readonly<Record<string, DataSource>>;
  readonly mayAsk: MayAsk;
  /** Who a call without a key is, if it may be anyone. */
  readonly anonymous: Caller | undefined;
  readonly limits: Limits;
  readonly maskErrors: MaskErrors;
};

export type LoadedFederation = {
  readonly federation: Federation;
  readonly gateway: ApolloGateway;
  /** What @apollo/gateway told last of its schema. */
  schemaContext(): SchemaContext;
  /** Plans anew from now on; what runs already ends with the plan it has. */
  reload(supergraphSdl: string): void;
  /** Prepared operations kept. */
  preparedCount(): number;
};

export type SchemaContext = {
  readonly apiSchema: GraphQLSchema;
  readonly coreSupergraphSdl: string;
};

/** By text, then by name: as many names as the text has operations. */
type PreparedCache = LRUCache<string, Map<string | undefined, PreparedOperation>>;

type Loaded = {
  readonly schemaContext: SchemaContext;
  readonly supergraphSchema: GraphQLSchema;
  readonly plan: PlanQuery;
  readonly prepared: PreparedCache;
};

const load = (schemaContext: SchemaContext, limits: Limits): Loaded => {
  readScalars(schemaContext.apiSchema);
  const supergraph = Supergraph.build(schemaContext.coreSupergraphSdl, {
    validateSupergraph: false,
  });
  const planner = new QueryPlanner(supergraph);
  const api = supergraph.apiSchema();
  return {
    schemaContext,
    supergraphSchema: supergraph.schema.toGraphQLJSSchema(),
    plan: (document, operationName) =>
      planner.buildQueryPlan(
        operationFromDocument(api, document, operationName === undefined ? {} : { operationName }),
      ),
    prepared: new LRUCache({ max: limits.preparedOperationsMax }),
  };
};

const prepare = (
  { schemaContext, prepared, plan }: Loaded,
  source: string,
  operationName: string | undefined,
  limits: Limits,
): PreparedOperation | Refused => {
  const known = prepared.get(source)?.get(operationName);
  if (known !== undefined) return known;
  const { apiSchema } = schemaContext;
  const fresh = prepareOperation(source, operationName, { apiSchema, limits, plan });
  if (!isRefused(fresh)) {
    const named = prepared.get(source) ?? new Map<string | undefined, PreparedOperation>();
    prepared.set(source, named.set(operationName, fresh));
  }
  return fresh;
};

/** Our executor runs every plan; what the stock one would need is never asked for. */
const noService = {
  process: () => Promise.reject(new Error('The stock executor is not used.')),
};

const loadGateway = async (
  supergraphSdl: string,
  onLoad: (context: SchemaContext) => void,
): Promise<{ gateway: ApolloGateway; reload: (supergraphSdl: string) => void }> => {
  // Read when the gateway is constructed: without it, it reports to Apollo by the hour.
  process.env.APOLLO_TELEMETRY_DISABLED = 'true';
  let reload: ((supergraphSdl: string) => void) | undefined;
  const gateway = new ApolloGateway({
    supergraphSdl: ({ update }) => {
      reload = update;
      return Promise.resolve({ supergraphSdl });
    },
    buildService: () => noService,
    validateSupergraph: false, // composition has, and a test holds the file to it
    __exposeQueryPlanExperimental: false,
  });
  gateway.onSchemaLoadOrUpdate(onLoad);
  await gateway.load();
  return { gateway, reload: (sdl) => reload?.(sdl) };
};

type State = {
  generation: number;
  loaded: Loaded | undefined;
  readonly listeners: Set<() => void>;
};

const loadedOf = ({ loaded }: State): Loaded => {
  if (loaded === undefined) throw new Error('The supergraph is not loaded.');
  return loaded;
};

const federationOf = (state: State, options: FederationOptions): Federation => {
  const { dataSources, limits, maskErrors } = options;
  const apiSchemaOf = () => loadedOf(state).schemaContext.apiSchema;
  return {
    get generation() {
      return state.generation;
    },
    get apiSchema() {
      return apiSchemaOf();
    },
    dataSources,
    prepare: (source, operationName) => prepare(loadedOf(state), source, operationName, limits),
    admit: (prepared, variables, caller) => {
      const { mayAsk, anonymous } = options;
      const { costMax } = limits;
      const admission = { apiSchema: apiSchemaOf(), mayAsk, anonymous, costMax };
      return admitOperation(prepared, variables ?? {}, caller, admission);
    },
    execute: (prepared, variables, context, primaryResult) => {
      const { supergraphSchema } = loadedOf(state);
      const executor = { apiSchema: apiSchemaOf(), supergraphSchema, dataSources, maskErrors };
      return executeOperation(prepared, variables, context, primaryResult, executor);
    },
    onReload: (listener) => {
      state.listeners.add(listener);
      return () => state.listeners.delete(listener);
    },
  };
};

/** @throws when the supergraph is none */
export const createFederation = async (options: FederationOptions): Promise<LoadedFederation> => {
  const state: State = { generation: 0, loaded: undefined, listeners: new Set() };
  const { gateway, reload } = await loadGateway(options.supergraphSdl, (schemaContext) => {
    state.loaded = load(schemaContext, options.limits);
    state.generation += 1;
    for (const listener of state.listeners) listener();
  });
  return {
    federation: federationOf(state, options),
    gateway,
    schemaContext: () => loadedOf(state).schemaContext,
    reload,
    preparedCount: () => loadedOf(state).prepared.size,
  };
};
