/** Walks a query plan: fetches from subgraphs, and puts together what they answer. */
import type { FetchNode, PlanNode, ResponsePath } from '@apollo/query-planner';
import { type ExecutionResult, GraphQLError, type GraphQLSchema } from 'graphql';
import type { DataSource, GatewayContext } from './federation.ts';
import { type Fields, isObject, merge } from './merge.ts';
import { type AnswerPath, objectsAt, placesAt } from './places.ts';
import { representationsOf } from './representations.ts';
import { applyRewrites } from './rewrites.ts';
import { clientError, subgraphFault } from './subgraph-errors.ts';

export type PlanRun = {
  /** With every type that the planner may speak of, also those that clients do not see. */
  readonly supergraphSchema: GraphQLSchema;
  readonly dataSources: Readonly<Record<string, DataSource>>;
  /** Coerced. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly context: GatewayContext;
  /** A fetch that is answered already: a subscription's event. */
  readonly answered: { readonly fetch: FetchNode; readonly result: ExecutionResult } | undefined;
  /** The answer so far, before it has its form. */
  readonly root: Fields;
  readonly errors: GraphQLError[];
};

/** The objects that a part of the plan is about, and how they are reached from the root. */
type Cursor = { readonly path: ResponsePath; readonly targets: readonly Fields[] };

const variablesOf = (fetch: FetchNode, { variables }: PlanRun): Record<string, unknown> => {
  const used: Record<string, unknown> = {};
  for (const name of fetch.variableUsages ?? []) {
    if (Object.hasOwn(variables, name)) used[name] = variables[name];
  }
  return used;
};

const call = (
  fetch: FetchNode,
  variables: Record<string, unknown>,
  run: PlanRun,
): Promise<ExecutionResult> | ExecutionResult => {
  if (run.answered?.fetch === fetch) return run.answered.result;
  const source = run.dataSources[fetch.serviceName];
  if (source === undefined) throw new Error(`There is no subgraph ${fetch.serviceName}.`);
  const { operation: query, operationName } = fetch;
  return source.process({ query, variables, operationName }, run.context);
};

const fetchFields = async (fetch: FetchNode, { path, targets }: Cursor, run: PlanRun) => {
  const { data, errors } = await call(fetch, variablesOf(fetch, run), run);
  for (const error of errors ?? []) {
    const place = error.path ? [...path, ...error.path] : undefined;
    run.errors.push(clientError(error, error, place));
  }
  if (!isObject(data)) return;
  applyRewrites(run.supergraphSchema, fetch.outputRewrites, data);
  for (const target of targets) merge(target, data);
};

/** An error of `_entities[i]` concerns every place in the answer where that entity stands. */
const reportEntityErrors = (
  errors: NonNullable<ExecutionResult['errors']>,
  entities: readonly (readonly Fields[])[],
  cursor: Cursor,
  run: PlanRun,
) => {
  let places: ReadonlyMap<Fields, AnswerPath[]> | undefined;
  for (const error of errors) {
    const [, index, ...rest] = error.path ?? [];
    if (typeof index !== 'number') {
      run.errors.push(clientError(error, error, undefined));
      continue;
    }
    places ??= placesAt(run.root, cursor.path);
    const concerned = new Set(entities[index]);
    for (const entity of concerned) {
      for (const place of places.get(entity) ?? []) {
        run.errors.push(clientError(error, error, [...place, ...rest]));
      }
    }
  }
};

const fetchEntities = async (fetch: FetchNode, cursor: Cursor, run: PlanRun) => {
  const { supergraphSchema } = run;
  const asked = representationsOf(supergraphSchema, fetch, cursor.targets);
  const { representations, entities } = asked;
  if (representations.length === 0) return;
  const variables = { ...variablesOf(fetch, run), representations };
  const { data, errors } = await call(fetch, variables, run);
  if (errors) reportEntityErrors(errors, entities, cursor, run);
  if (!isObject(data)) return;
  const received = data._entities;
  if (!Array.isArray(received) || received.length !== representations.length) {
    throw subgraphFault(`${fetch.serviceName} answered other entities than it was asked for.`);
  }
  for (const [index, entity] of received.entries()) {
    if (!isObject(entity)) continue;
    applyRewrites(supergraphSchema, fetch.outputRewrites, entity);
    for (const target of entities[index] ?? []) merge(target, entity);
  }
};

const runFetch = (fetch: FetchNode, cursor: Cursor, run: PlanRun): Promise<void> => {
  const fetching = (fetch.requires ? fetchEntities : fetchFields)(fetch, cursor, run);
  return fetching.catch((cause: unknown) => {
    // What other subgraphs answered still stands; only what hangs on this fetch is null.
    run.errors.push(
      cause instanceof GraphQLError
        ? cause
        : clientError({ message: String(cause) }, cause, undefined),
    );
  });
};

const runSteps = async (steps: readonly PlanNode[], cursor: Cursor, run: PlanRun) => {
  for (const step of steps) await runNode(step, cursor, run);
};

/** @returns what to wait for; nothing where there is nothing to do */
const runNode = (node: PlanNode, cursor: Cursor, run: PlanRun): Promise<unknown> | undefined => {
  switch (node.kind) {
    case 'Fetch':
      return runFetch(node, cursor, run);
    case 'Sequence':
      return runSteps(node.nodes, cursor, run);
    case 'Parallel':
      return Promise.all(node.nodes.map((each) => runNode(each, cursor, run)));
    case 'Flatten': {
      const targets = objectsAt(cursor.targets, node.path);
      if (targets.length === 0) return;
      return runNode(node.node, { path: [...cursor.path, ...node.path], targets }, run);
    }
    case 'Condition': {
      const branch = run.variables[node.condition] ? node.ifClause : node.elseClause;
      return branch && runNode(branch, cursor, run);
    }
    case 'Defer':
      throw new Error('The planner was not asked to defer.');
  }
};

/** Fills `run.root` and `run.errors`. @returns what to wait for, as `runNode` does */
export const runPlan = (plan: PlanNode, run: PlanRun): Promise<unknown> | undefined =>
  runNode(plan, { path: [], targets: [run.root] }, run);
