/** Runs one query or mutation, whatever transport brought it. */
import type { ExecutionResult } from 'graphql';
import type { GatewayContext } from './federation.ts';

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
