/** What surrounds one operation. */
import { randomUUID } from 'node:crypto';
import type { Caller } from '@holdfast/schema/caller';
import type { GatewayContext } from './federation.ts';

const traceIdShape = /^[A-Za-z0-9._:-]{1,128}$/;

/** @returns undefined for what must not go into logs and headers as it is */
export const readTraceId = (text: string | undefined): string | undefined =>
  text !== undefined && traceIdShape.test(text) ? text : undefined;

export const freshTraceId = (): string => randomUUID();

const afterLengthMax = 256;

export type ContextParts = {
  readonly caller: Caller;
  readonly address: string;
  readonly traceId?: string | undefined;
  readonly trace?: string | undefined;
  readonly after?: string | undefined;
  readonly signal?: AbortSignal | undefined;
};

export const createContext = ({
  caller,
  address,
  traceId = freshTraceId(),
  trace,
  after,
  signal,
}: ContextParts): GatewayContext => ({
  caller,
  address,
  traceId,
  trace,
  after: after !== undefined && after.length <= afterLengthMax ? after : undefined,
  cursors: [],
  signal,
  kept: new Map(),
});

/** The same request, within a span of its trace; of what is added, only cursors are both's. */
export const withTrace = (context: GatewayContext, trace: string | undefined): GatewayContext =>
  Object.create(context, {
    trace: { value: trace, enumerable: true },
    kept: { value: new Map(), enumerable: true },
  });
