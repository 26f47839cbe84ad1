/** What the parts of the gateway agree on: a planned operation, who asks, and who answers. */
import type { FetchNode, PlanNode } from '@apollo/query-planner';
import type { Caller } from '@holdfast/schema/caller';
import type { SubgraphCall } from '@holdfast/schema/subgraph';
import type {
  DocumentNode,
  ExecutionResult,
  GraphQLError,
  GraphQLSchema,
  OperationDefinitionNode,
} from 'graphql';
import type { Cost } from '../limits/cost.ts';
import type { Shape } from './shape.ts';

/** One request, or one subscription: who asks and what surrounds it. */
export type GatewayContext = {
  readonly caller: Caller;
  /** Where the caller is, for rates: a storefront's key is public. */
  readonly address: string;
  /** Names the request to people: in errors, headers and logs. */
  readonly traceId: string;
  /**
   * What it is a part of: a `traceparent` when that is recorded, anything else when it is not;
   * undefined where nobody has decided yet.
   */
  readonly trace: string | undefined;
  /** `Holdfast-After`: answer at or after this cursor. */
  readonly after: string | undefined;
  /** Subgraphs add; the last one is answered as `extensions.cursor`. */
  readonly cursors: string[];
  /** Aborted when nobody waits for the answer any more. */
  readonly signal: AbortSignal | undefined;
  /**
   * What subgraphs in this process keep for the request, by subgraph. Not in a `WeakMap` by
   * request: that outlives many collections of what is young, and so does all that a key holds.
   */
  readonly kept: Map<object, object>;
};

/** One type for an in-process and a remote subgraph. */
export type DataSource = {
  process(call: SubgraphCall, context: GatewayContext): Promise<ExecutionResult>;
  subscribe(
    call: SubgraphCall,
    context: GatewayContext,
  ): Promise<AsyncIterable<ExecutionResult> | ExecutionResult>;
};

export type PreparedOperation = {
  /** Unique in this process. */
  readonly id: string;
  readonly source: string;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly operationName: string | undefined;
  /** Set for a subscription: the fetch that is answered by events. */
  readonly primary: FetchNode | undefined;
  /** Undefined when no subgraph is needed, as for introspection. */
  readonly plan: PlanNode | undefined;
  /** What is answered from the contract itself; undefined when nothing is. */
  readonly introspection: DocumentNode | undefined;
  /** Gives the answer its form. */
  readonly shape: Shape;
  readonly cost: Cost;
  /** Names of the selected root fields, once for each time they are selected. */
  readonly rootFields: readonly string[];
};

export type Refused = { readonly errors: readonly GraphQLError[] };

export type Federation = {
  /** Grows with each reload; a prepared operation belongs to one. */
  readonly generation: number;
  readonly apiSchema: GraphQLSchema;
  readonly dataSources: Readonly<Record<string, DataSource>>;
  /**
   * Parses, validates, checks the limits that need no variables, plans and compiles; kept by text
   * and name.
   */
  prepare(source: string, operationName: string | undefined): PreparedOperation | Refused;
  /** Rights by role, coercion and the limits that need variables. Errors: nothing may be run. */
  admit(
    prepared: PreparedOperation,
    variables: Record<string, unknown> | undefined,
    caller: Caller,
  ): { readonly variables: Record<string, unknown> } | Refused;
  /**
   * Runs the plan. Never throws; errors are masked and carry the trace id.
   *
   * @param primaryResult answers the primary fetch of a subscription's event; it may be mutated
   */
  execute(
    prepared: PreparedOperation,
    variables: Record<string, unknown>,
    context: GatewayContext,
    primaryResult?: ExecutionResult,
  ): Promise<ExecutionResult>;
  /** @returns a function that takes the listener away */
  onReload(listener: () => void): () => void;
};
