/** Runs one query or mutation, whatever transport brought it. */
import type { Tracing } from '@holdfast/schema/tracing';
import type { ExecutionResult, GraphQLError } from 'graphql';
import type { TakeTokens } from '../callers/rates.ts';
import { isErrorCode, refusal } from '../errors/error-codes.ts';
import type { MaskErrors } from '../errors/mask-errors.ts';
import type { Limits } from '../limits/limits.ts';
import { runDueTimers, systemClock } from '../live/live-clock.ts';
import type { Observe, OperationKind } from '../metrics/operation-metrics.ts';
import { loopTurn } from '../shedding/loop-turn.ts';
import { createShedding } from '../shedding/shedding.ts';
import type { Federation, GatewayContext, PreparedOperation, Refused } from './federation.ts';
import { isRefused } from './prepare.ts';
import { tracedRun } from './traced-runner.ts';

export type OperationRequest = {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Record<string, unknown> | undefined;
};

/** Never throws; errors are masked. A subscription is refused: it goes through the live part. */
export type RunOperation = (
  request: OperationRequest,
  context: GatewayContext,
) => Promise<ExecutionResult>;

/** The same, for what `prepare` has accepted. */
export type RunPrepared = (
  prepared: PreparedOperation,
  variables: Record<string, unknown> | undefined,
  context: GatewayContext,
) => Promise<ExecutionResult>;

export type RunnerOptions = {
  readonly federation: Federation;
  readonly takeTokens: TakeTokens;
  readonly maskErrors: MaskErrors;
  readonly observe: Observe;
  readonly limits: Limits;
  readonly tracing: Tracing;
  /** See `LoopTurnOptions`. */
  readonly betweenParts: () => void;
};

export type Runner = {
  readonly runOperation: RunOperation;
  readonly runPrepared: RunPrepared;
  inFlight(): number;
};

const overloadedRetryAfterMs = 250; // what is in flight is gone by then, or has a lasting reason

/** How an operation ended, for the metrics: the first error's code. */
export const outcomeOf = ({ errors }: ExecutionResult): string => {
  const code = errors?.[0]?.extensions.code;
  if (errors === undefined) return 'ok';
  return isErrorCode(code) ? code : 'INTERNAL';
};

/**
 * Answers at the deadline; what was begun goes on and can be asked for again with its idempotency
 * key.
 */
const beforeDeadline = (
  work: Promise<ExecutionResult>,
  timeoutMs: number,
  late: () => ExecutionResult,
) =>
  new Promise<ExecutionResult>((resolve, reject) => {
    const timer = setTimeout(() => resolve(late()), timeoutMs);
    const inTime =
      <Value>(settle: (value: Value) => void) =>
      (value: Value) => {
        clearTimeout(timer);
        settle(value);
      };
    work.then(inTime(resolve), inTime(reject));
  });

const refuse = (
  errors: readonly GraphQLError[],
  { traceId }: GatewayContext,
  { maskErrors }: RunnerOptions,
): ExecutionResult => ({ errors: maskErrors(errors, traceId) });

/** What says no before anything is run, or the coerced variables. */
const admit = (
  prepared: PreparedOperation,
  variables: Record<string, unknown> | undefined,
  { caller, address }: GatewayContext,
  { federation, takeTokens }: RunnerOptions,
): { readonly variables: Record<string, unknown> } | Refused => {
  if (prepared.primary !== undefined) {
    const message = 'A subscription needs a WebSocket, or /graphql/stream.';
    return { errors: [refusal('BAD_REQUEST', message)] };
  }
  const admission = federation.admit(prepared, variables, caller);
  if (isRefused(admission)) return admission;
  // Last, so that what is refused anyway costs no token.
  const limited = takeTokens(caller, address, prepared.rootFields);
  return limited ? { errors: [limited] } : admission;
};

const tooLate = () => refusal('TIMEOUT', 'The answer took too long.');

const runAdmitted = (
  prepared: PreparedOperation,
  given: Record<string, unknown> | undefined,
  context: GatewayContext,
  options: RunnerOptions,
): ExecutionResult | Promise<ExecutionResult> => {
  const admission = admit(prepared, given, context, options);
  if (isRefused(admission)) return refuse(admission.errors, context, options);
  const work = options.federation.execute(prepared, admission.variables, context);
  const late = () => refuse([tooLate()], context, options);
  return beforeDeadline(work, options.limits.requestTimeoutMs, late);
};

/** Made once: a gateway that has too much to do does not make an error for each refusal. */
const overloaded: GraphQLError = refusal(
  'OVERLOADED',
  'Too many requests are being answered; try again soon.',
  { extensions: { retryAfterMs: overloadedRetryAfterMs } },
);

export const createRunner = (options: RunnerOptions): Runner => {
  const { federation, observe, limits, tracing, betweenParts } = options;
  const turn = loopTurn({
    ...{ clock: systemClock, betweenParts, whenRead: setImmediate, whenLong: runDueTimers },
  });
  const shedding = createShedding(limits.requestsInFlightMax, systemClock, turn);

  const observed = (kind: OperationKind, result: ExecutionResult, tookMs?: number) => {
    observe(kind, outcomeOf(result), tookMs);
    return result;
  };

  const runObserved: RunPrepared = async (prepared, variables, context) => {
    const kind = prepared.operation.operation;
    const startedAt = performance.now();
    const leave = await shedding.enter(prepared, variables);
    if (!leave) return observed(kind, refuse([overloaded], context, options));
    try {
      const result = await runAdmitted(prepared, variables, context, options);
      return observed(kind, result, performance.now() - startedAt);
    } finally {
      leave();
    }
  };

  const runPrepared = tracedRun(runObserved, tracing);

  return {
    runPrepared,
    runOperation: async (request, context) => {
      const prepared = federation.prepare(request.query, request.operationName);
      return isRefused(prepared)
        ? observed('unknown', refuse(prepared.errors, context, options))
        : runPrepared(prepared, request.variables, context);
    },
    inFlight: shedding.inFlight,
  };
};
