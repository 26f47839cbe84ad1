/**
 * From a text to an operation that can be run: read, checked against the contract and the limits,
 * planned.
 */
import type { QueryPlan } from '@apollo/query-planner';
import {
  type DocumentNode,
  GraphQLError,
  type GraphQLSchema,
  getOperationAST,
  type OperationDefinitionNode,
  parse,
  validate,
} from 'graphql';
import { refusal } from '../errors/error-codes.ts';
import { compileCost } from '../limits/cost.ts';
import { breachedLimit, hasTooManyTokens } from '../limits/document-limits.ts';
import type { Limits } from '../limits/limits.ts';
import { fieldsOf, fragmentsOf } from '../limits/selections.ts';
import type { PreparedOperation, Refused } from './federation.ts';
import { introspectionOf } from './introspection.ts';
import { compileOperation } from './shape.ts';

export type PlanQuery = (document: DocumentNode, operationName: string | undefined) => QueryPlan;

export type Preparation = {
  readonly apiSchema: GraphQLSchema;
  readonly limits: Limits;
  readonly plan: PlanQuery;
};

export const isRefused = (value: object): value is Refused => 'errors' in value;

const refused = (...errors: GraphQLError[]): Refused => ({ errors });

const validationErrorsMax = 20; // enough to mend a document, few enough to cost nothing

const parseDocument = (source: string, { tokensMax }: Limits): DocumentNode | Refused => {
  try {
    return parse(source, { maxTokens: tokensMax });
  } catch (error) {
    if (hasTooManyTokens(source, tokensMax)) {
      const message = `The document has more than ${tokensMax} tokens.`;
      return refused(refusal('DOCUMENT_TOO_LARGE', message));
    }
    if (!(error instanceof GraphQLError)) throw error;
    const { message, source: text, positions } = error;
    return refused(refusal('GRAPHQL_PARSE_FAILED', message, { source: text, positions }));
  }
};

const validationErrors = (schema: GraphQLSchema, document: DocumentNode): GraphQLError[] =>
  validate(schema, document, undefined, {
    maxErrors: validationErrorsMax,
    hideSuggestions: true,
  }).map(({ message, nodes, source, positions }) =>
    refusal('GRAPHQL_VALIDATION_FAILED', message, { nodes, source, positions }),
  );

/**
 * The planner calls the entities it asks for by this name; a client's variable of the same would be
 * overwritten.
 */
const reservedVariable = 'representations';

const reservedVariableError = (operation: OperationDefinitionNode): GraphQLError | undefined => {
  const node = operation.variableDefinitions?.find(
    ({ variable }) => variable.name.value === reservedVariable,
  );
  if (node === undefined) return undefined;
  const message = `A variable cannot be called $${reservedVariable}.`;
  return refusal('GRAPHQL_VALIDATION_FAILED', message, { nodes: node });
};

/**
 * A subscription is of one field; whether that is left out cannot depend on variables (GraphQL,
 * section 5.2.3).
 */
const conditionalRootError = (operation: OperationDefinitionNode): GraphQLError | undefined => {
  if (operation.operation !== 'subscription') return undefined;
  const node = operation.selectionSet.selections.find(({ directives }) => directives?.length);
  if (node === undefined) return undefined;
  const message = 'The root field of a subscription cannot be skipped or included.';
  return refusal('GRAPHQL_VALIDATION_FAILED', message, { nodes: node });
};

const planned = (plan: QueryPlan): Pick<PreparedOperation, 'plan' | 'primary'> => {
  const node = plan.node;
  if (node?.kind !== 'Subscription') return { plan: node, primary: undefined };
  const { primary, rest } = node;
  return { plan: rest ? { kind: 'Sequence', nodes: [primary, rest] } : primary, primary };
};

const checkedOperation = (
  document: DocumentNode,
  operationName: string | undefined,
  { apiSchema, limits }: Preparation,
): OperationDefinitionNode | Refused => {
  const operation = getOperationAST(document, operationName);
  // Before validation, whose time they bound.
  const breached = operation && breachedLimit(document, operation, limits);
  if (breached) return refused(breached);
  const errors = validationErrors(apiSchema, document);
  if (errors.length > 0) return { errors };
  if (!operation) {
    const message = operationName
      ? 'The document has no operation of that name.'
      : 'The document has several operations: say which by `operationName`.';
    return refused(refusal('OPERATION_RESOLUTION_FAILURE', message));
  }
  const error = reservedVariableError(operation) ?? conditionalRootError(operation);
  return error ? refused(error) : operation;
};

let preparedBefore = 0;

export const prepareOperation = (
  source: string,
  operationName: string | undefined,
  preparation: Preparation,
): PreparedOperation | Refused => {
  const document = parseDocument(source, preparation.limits);
  if (isRefused(document)) return document;
  const operation = checkedOperation(document, operationName, preparation);
  if (isRefused(operation)) return operation;
  const fragments = fragmentsOf(document);
  const rootFields = [...fieldsOf(operation.selectionSet, fragments)];
  preparedBefore += 1;
  return {
    id: `operation-${preparedBefore}`,
    source,
    document,
    operation,
    operationName,
    ...planned(preparation.plan(document, operationName)),
    introspection: introspectionOf(operation, fragments),
    shape: compileOperation(preparation.apiSchema, operation, fragments),
    cost: compileCost(preparation.apiSchema, operation, fragments),
    rootFields: rootFields.map((field) => field.name.value),
  };
};
