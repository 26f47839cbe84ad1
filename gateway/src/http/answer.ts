/** Writes GraphQL answers. */
import type { ServerResponse } from 'node:http';
import type { ExecutionResult } from 'graphql';
import { isErrorCode, statusOfCode } from '../errors/error-codes.ts';
import { jsonType, type MediaType } from './media-type.ts';

/**
 * INTERFACE "HTTP": application/json answers every well-formed request with 200; the newer media
 * type says by the status that nothing was run.
 */
export const statusOf = (mediaType: MediaType, { data, errors }: ExecutionResult): number => {
  if (mediaType === jsonType || data !== undefined) return 200;
  const code = errors?.[0]?.extensions.code;
  return isErrorCode(code) ? statusOfCode(code) : 500;
};

const retryAfter = ({ errors }: ExecutionResult): readonly string[] => {
  const retryAfterMs = errors?.[0]?.extensions.retryAfterMs;
  if (typeof retryAfterMs !== 'number') return [];
  return ['retry-after', String(Math.ceil(retryAfterMs / 1_000))];
};

export type Answer = {
  readonly status: number;
  readonly mediaType: MediaType;
  readonly traceId: string;
  readonly result: ExecutionResult;
  /** More headers, in pairs. */
  readonly headers: readonly string[];
};

/** Errors first, where who reads a long answer sees them. */
const textOf = ({ errors, data, extensions }: ExecutionResult): string =>
  `${JSON.stringify({ errors, data, extensions })}\n`;

export const writeAnswer = (response: ServerResponse, answer: Answer): void => {
  if (response.destroyed || response.headersSent) return;
  const { status, mediaType, traceId, result, headers } = answer;
  const text = textOf(result);
  response.writeHead(status, [
    'content-type',
    `${mediaType}; charset=utf-8`,
    'content-length',
    String(Buffer.byteLength(text)),
    'cache-control',
    'no-store',
    'x-request-id',
    traceId,
    ...(result.errors ? retryAfter(result) : []),
    ...headers,
  ]);
  response.end(text);
};
