/** Runs one query or mutation, whatever transport brought it. */
import type { ExecutionResult, GraphQLError } from 'graphql';
import type { TakeTokens } from '../callers/rates.ts';
import { isErrorCode, refusal } from '../errors/error-codes.ts';
import type { MaskErrors } from '../errors/mask-errors.ts';
import type { Limits } from '../limits/limits.ts';
import type { Observe, OperationKind } from '../metrics/operation-metrics.ts';
import type { Federation, GatewayContext, PreparedOperation } from './federation.ts';
import { isRefused } from './prepare.ts';

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

/** Answers at the deadline; what was begun goes on and can be asked for again with its idempotency key. */
const beforeDeadline = (work: Promise<ExecutionResult>, timeoutMs: number) =>
  new Promise<ExecutionResult>((resolve, reject) => {
    const timer = setTimeout(() => {
      resolve({ errors: [refusal('TIMEOUT', 'The answer took too long.')] });
    }, timeoutMs);
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });

export const createRunner = (options: RunnerOptions): Runner => {
  const { federation, takeTokens, maskErrors, observe, limits } = options;
  let inFlight = 0;

  const refuse = (errors: readonly GraphQLError[], { traceId }: GatewayContext) => ({
    errors: maskErrors(errors, traceId),
  });

  const admitted = async (
    prepared: PreparedOperation,
    given: Record<string, unknown> | undefined,
    context: GatewayContext,
  ): Promise<ExecutionResult> => {
    if (prepared.primary !== undefined) {
      const message = 'A subscription needs a WebSocket, or /graphql/stream.';
      return refuse([refusal('BAD_REQUEST', message)], context);
    }
    if (inFlight > limits.requestsInFlightMax) {
      const extensions = { retryAfterMs: overloadedRetryAfterMs };
      const message = 'Too many requests are being answered; try again soon.';
      return refuse([refusal('OVERLOADED', message, { extensions })], context);
    }
    const admission = federation.admit(prepared, given, context.caller);
    if (isRefused(admission)) return refuse(admission.errors, context);
    const limited = takeTokens(context.caller, context.address, prepared.rootFields);
    if (limited) return refuse([limited], context);
    const { requestTimeoutMs } = limits;
    const work = federation.execute(prepared, admission.variables, context);
    const result = await beforeDeadline(work, requestTimeoutMs);
    return result.data === undefined ? refuse(result.errors ?? [], context) : result;
  };

  const observed = async (kind: OperationKind, run: () => Promise<ExecutionResult>) => {
    const startedAt = performance.now();
    inFlight += 1;
    try {
      const result = await run();
      observe(kind, outcomeOf(result), performance.now() - startedAt);
      return result;
    } finally {
      inFlight -= 1;
    }
  };

  const runPrepared: RunPrepared = (prepared, variables, context) =>
    observed(prepared.operation.operation, () => admitted(prepared, variables, context));

  return {
    runPrepared,
    runOperation: async (request, context) => {
      const prepared = federation.prepare(request.query, request.operationName);
      if (!isRefused(prepared)) return runPrepared(prepared, request.variables, context);
      return observed('unknown', async () => refuse(prepared.errors, context));
    },
    inFlight: () => inFlight,
  };
};
