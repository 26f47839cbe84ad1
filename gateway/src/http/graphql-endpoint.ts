/** /graphql over HTTP (INTERFACE "On the wire"). */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { asTraceparent, type OpenSpan, type Tracing, traceIdOf } from '@holdfast/schema/tracing';
import { addressOfSocket } from '../callers/address.ts';
import type { Authenticate, Authentication } from '../callers/authenticate.ts';
import { refusal } from '../errors/error-codes.ts';
import type { MaskErrors } from '../errors/mask-errors.ts';
import { createContext, freshTraceId, readTraceId } from '../execution/context.ts';
import type { Federation, PreparedOperation } from '../execution/federation.ts';
import { isRefused } from '../execution/prepare.ts';
import type { OperationRequest, RunPrepared } from '../execution/run-operation.ts';
import type { Limits } from '../limits/limits.ts';
import type { Observe } from '../metrics/operation-metrics.ts';
import { statusOf, writeAnswer } from './answer.ts';
import { signalOfSocket } from './client-signal.ts';
import { crossOriginHeaders } from './cross-origin.ts';
import { jsonType, type MediaType, negotiate } from './media-type.ts';
import { isRefusal, malformed, type Refusal, readRequest } from './read-request.ts';

export type EndpointOptions = {
  readonly federation: Federation;
  readonly authenticate: Authenticate;
  readonly maskErrors: MaskErrors;
  readonly runHttp: RunPrepared;
  readonly observe: Observe;
  readonly limits: Limits;
  readonly tracing: Tracing;
};

/** One request and what its answer needs, whatever it will be. */
type Call = {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly mediaType: MediaType;
  readonly traceId: string;
};

const checkMethod = (
  { method }: IncomingMessage,
  { operation }: PreparedOperation,
): Refusal | undefined =>
  method !== 'GET' || operation.operation === 'query'
    ? undefined
    : malformed(405, 'GET runs queries only.', ['allow', 'POST']);

const keyRefused = (type: Exclude<Authentication['type'], 'known'>): Refusal => ({
  errors: [
    refusal(
      'UNAUTHENTICATED',
      type === 'keyMissing'
        ? 'A key is needed: Authorization: Bearer KEY.'
        : 'The key is not known.',
    ),
  ],
});

const headerOf = ({ headers }: IncomingMessage, name: string): string | undefined => {
  const value = headers[name];
  return typeof value === 'string' ? value : undefined;
};

const refuse = (
  { request, response, mediaType, traceId }: Call,
  { errors, status, headers = [] }: Refusal,
  { maskErrors, observe }: EndpointOptions,
): void => {
  const result = { errors: maskErrors(errors, traceId) };
  observe('unknown', String(result.errors[0]?.extensions.code));
  writeAnswer(response, {
    status: status ?? statusOf(mediaType, result),
    mediaType,
    traceId,
    result,
    headers: [...crossOriginHeaders(request), ...headers],
  });
};

const prepare = (
  request: IncomingMessage,
  { query, operationName }: OperationRequest,
  { federation, tracing }: EndpointOptions,
  span: OpenSpan | undefined,
): PreparedOperation | Refusal => {
  const plan = span && tracing.start({ name: 'plan', parent: span.traceparent });
  const prepared = federation.prepare(query, operationName);
  plan?.end();
  return isRefused(prepared) ? prepared : (checkMethod(request, prepared) ?? prepared);
};

export type Endpoint = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

const answerWithin =
  (options: EndpointOptions) =>
  async (request: IncomingMessage, response: ServerResponse, span: OpenSpan | undefined) => {
    const named = readTraceId(headerOf(request, 'x-request-id'));
    const traceId = named ?? (span ? traceIdOf(span.traceparent) : freshTraceId());
    const mediaType = negotiate(request.headers.accept);
    const call: Call = { request, response, mediaType: mediaType ?? jsonType, traceId };
    if (mediaType === undefined) return refuse(call, malformed(406, 'Answers are JSON.'), options);
    const parsed = await readRequest(request, options.limits.bodyBytesMax);
    if (parsed === undefined) return; // The client went away.
    if (isRefusal(parsed)) return refuse(call, parsed, options);
    const authenticating = options.authenticate(request.headers.authorization);
    const known = authenticating instanceof Promise ? await authenticating : authenticating;
    if (known.type !== 'known') return refuse(call, keyRefused(known.type), options);
    const prepared = prepare(request, parsed, options, span);
    if (isRefusal(prepared)) return refuse(call, prepared, options);
    const context = createContext({
      caller: known.caller,
      address: addressOfSocket(request.socket.remoteAddress),
      traceId,
      trace: span?.traceparent ?? traceId,
      after: headerOf(request, 'holdfast-after'),
      signal: signalOfSocket(request.socket),
    });
    const result = await options.runHttp(prepared, parsed.variables, context);
    const status = statusOf(mediaType, result);
    const headers = crossOriginHeaders(request);
    writeAnswer(response, { status, mediaType, traceId, result, headers });
  };

const endWith = async (span: OpenSpan, answering: Promise<void>, response: ServerResponse) => {
  try {
    await answering;
    span.end({ 'http.response.status_code': response.statusCode });
  } catch (failure) {
    span.end({}, failure);
    throw failure;
  }
};

export const createEndpoint = (options: EndpointOptions): Endpoint => {
  const answer = answerWithin(options);
  const { tracing } = options;
  return (request, response) => {
    const span = tracing.start({
      ...{ name: `${request.method} /graphql`, kind: 'server' },
      // An outsider's trace may be gone on with, but it does not decide that ours is recorded.
      parent: asTraceparent(headerOf(request, 'traceparent')),
    });
    const answering = answer(request, response, span);
    return span ? endWith(span, answering, response) : answering;
  };
};
