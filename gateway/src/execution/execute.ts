/**
 * Runs a prepared operation: one executor for queries, mutations and the events of subscriptions.
 */
import { type ExecutionResult, GraphQLError, type GraphQLSchema } from 'graphql';
import type { MaskErrors } from '../errors/mask-errors.ts';
import type { DataSource, GatewayContext, PreparedOperation } from './federation.ts';
import { introspect } from './introspection.ts';
import type { Fields } from './merge.ts';
import type { AnswerPath } from './places.ts';
import { type PlanRun, runPlan } from './run-plan.ts';
import { shapeAnswer, type Violation } from './shape-answer.ts';

export type Executor = {
  readonly apiSchema: GraphQLSchema;
  readonly supergraphSchema: GraphQLSchema;
  readonly dataSources: Readonly<Record<string, DataSource>>;
  readonly maskErrors: MaskErrors;
};

const startsWith = (path: AnswerPath, start: AnswerPath): boolean =>
  start.every((step, index) => path[index] === step);

/**
 * True when an error tells already why there is a null: above it, below it, or of a whole fetch.
 */
const isTold = ({ path }: Violation, errors: readonly GraphQLError[]): boolean =>
  errors.some(
    (error) => !error.path || startsWith(path, error.path) || startsWith(error.path, path),
  );

/** What the plan has found, in the form of the answer. */
const answerOf = (
  prepared: PreparedOperation,
  { variables, errors, root }: PlanRun,
  apiSchema: GraphQLSchema,
): Fields | null => {
  const introspection =
    prepared.introspection && introspect(apiSchema, prepared.introspection, variables);
  const { data, violations } = shapeAnswer(prepared.shape, root, variables, introspection);
  for (const violation of violations) {
    if (isTold(violation, errors)) continue;
    errors.push(new GraphQLError(violation.message, { path: violation.path }));
  }
  return data;
};

export const executeOperation = async (
  prepared: PreparedOperation,
  variables: Record<string, unknown>,
  context: GatewayContext,
  primaryResult: ExecutionResult | undefined,
  { apiSchema, supergraphSchema, dataSources, maskErrors }: Executor,
): Promise<ExecutionResult> => {
  const { primary } = prepared;
  const errors: GraphQLError[] = [];
  const planRun: PlanRun = {
    supergraphSchema,
    dataSources,
    variables,
    context,
    answered: primary && primaryResult && { fetch: primary, result: primaryResult },
    root: Object.create(null),
    errors,
  };
  let data: Fields | null = null;
  try {
    if (prepared.plan) await runPlan(prepared.plan, planRun);
    data = answerOf(prepared, planRun, apiSchema);
  } catch (cause) {
    // A bug; everything else is told by the plan and by the form of its answer.
    errors.push(
      new GraphQLError(String(cause), { originalError: cause instanceof Error ? cause : null }),
    );
  }
  const cursor = context.cursors.at(-1);
  return {
    ...(errors.length > 0 && { errors: maskErrors(errors, context.traceId) }),
    data,
    ...(cursor !== undefined && { extensions: { cursor } }),
  };
};
