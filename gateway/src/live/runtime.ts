/** What all parts of one hub share. */
import type { ExecutionResult, GraphQLError } from 'graphql';
import type { Federation, GatewayContext } from '../execution/federation.ts';
import type { LiveClock } from './live-clock.ts';
import { LiveRefused, refusal } from './live-errors.ts';
import type { LivePlan, LiveRequest } from './live-plan.ts';
import type { LiveStats } from './live-stats.ts';
import { type Lane, wireText } from './sink.ts';
import { upstreamVariables } from './upstream-operation.ts';
import type { OpenUpstream } from './upstream-stream.ts';

/** Has something to send at the next tick. */
export type Flushing = { flush(): boolean };
/** Has events that are offered some time after they came. */
export type Staging = { release(nowMs: number): boolean };
/** Is called each heartbeat period. */
export type Pulsing = { pulse(): void };

export type LiveRuntime = {
  readonly federation: Federation;
  readonly clock: LiveClock;
  readonly stats: LiveStats;
  readonly staging: Set<Staging>;
  readonly dirty: Set<Flushing>;
  readonly touched: Set<Lane>;
  /** For what is staged or dirty. */
  tickSoon(): void;
  contextFor(request: LiveRequest): GatewayContext;
  /** The answer stops the pulse. */
  pulseEachPeriod(pulsing: Pulsing): () => void;
};

/** Executes one upstream event for one plan and serializes the result, ready for the wire. */
export const bodyOf = async (
  runtime: LiveRuntime,
  plan: LivePlan,
  result: ExecutionResult,
): Promise<string> => {
  const context = runtime.contextFor(plan.request);
  runtime.stats.executions += 1;
  const executed = await runtime.federation.execute(plan.prepared, plan.variables, context, result);
  runtime.stats.serialisations += 1;
  return wireText(JSON.stringify(executed));
};

/** Opens the plan's primary operation upstream for some keys. */
export const opener =
  (runtime: LiveRuntime, plan: LivePlan, keys: readonly string[]): OpenUpstream =>
  async (after) => {
    const { upstream, prepared, variables, request } = plan;
    const source = runtime.federation.dataSources[prepared.primary?.serviceName ?? ''];
    if (source === undefined) throw new Error('A plan names a subgraph that is not there.');
    runtime.stats.upstreamsOpened += 1;
    return source.subscribe(
      {
        query: upstream.query,
        variables: upstreamVariables(upstream, variables, keys, after),
        operationName: upstream.operationName,
      },
      runtime.contextFor(request),
    );
  };

/** What a client is told of a failure: what was meant for it, or that it may come again. */
export const errorsOf = (error: unknown): readonly GraphQLError[] =>
  error instanceof LiveRefused
    ? error.errors
    : [refusal('UNAVAILABLE', 'The live source has failed.')];
