/** /graphql over HTTP (INTERFACE "On the wire"). */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { GraphQLError } from 'graphql';
import { addressOfSocket } from '../callers/address.ts';
import type { Authenticate } from '../callers/authenticate.ts';
import { refusal } from '../errors/error-codes.ts';
import type { MaskErrors } from '../errors/mask-errors.ts';
import { createContext, freshTraceId, readTraceId } from '../execution/context.ts';
import type { Federation, PreparedOperation } from '../execution/federation.ts';
import { isRefused } from '../execution/prepare.ts';
import type { OperationRequest } from '../execution/run-operation.ts';
import type { Limits } from '../limits/limits.ts';
import type { Observe } from '../metrics/operation-metrics.ts';
import { statusOf, writeAnswer } from './answer.ts';
import type { RunHttp } from './apollo-server.ts';
import { isJsonBody, jsonType, type MediaType, negotiate } from './media-type.ts';
import { parseBody, parseSearch } from './parse-request.ts';
import { readBody } from './request-body.ts';

export type EndpointOptions = {
  readonly federation: Federation;
  readonly authenticate: Authenticate;
  readonly maskErrors: MaskErrors;
  readonly runHttp: RunHttp;
  readonly observe: Observe;
  readonly limits: Limits;
};

/** Why a request is not answered, and how HTTP says it where that is not the media type's to say. */
type Refusal = {
  readonly errors: readonly GraphQLError[];
  readonly status?: number;
  readonly headers?: readonly string[];
};

const malformed = (status: number, message: string, headers: readonly string[] = []): Refusal => ({
  errors: [refusal('BAD_REQUEST', message)],
  status,
  headers,
});

const isRefusal = (value: object): value is Refusal => 'errors' in value;

/** @returns undefined when the client went away */
const readRequest = async (
  request: IncomingMessage,
  { bodyBytesMax }: Limits,
): Promise<OperationRequest | Refusal | undefined> => {
  if (request.method === 'GET') {
    const parsed = parseSearch(request.url?.split('?')[1] ?? '');
    return parsed instanceof Error
      ? { errors: [parsed], status: statusOfMalformed(parsed) }
      : parsed;
  }
  if (request.method !== 'POST') {
    return malformed(405, 'Ask by GET or POST.', ['allow', 'GET, POST']);
  }
  const { 'content-type': contentType, 'content-encoding': encoding } = request.headers;
  if (!isJsonBody(contentType) || (encoding !== undefined && encoding !== 'identity')) {
    return malformed(415, `A body is ${jsonType} in UTF-8, not compressed.`);
  }
  const body = await readBody(request, bodyBytesMax);
  if (body.type === 'lost') return undefined;
  if (body.type === 'tooLarge') {
    const error = refusal('DOCUMENT_TOO_LARGE', `A request has at most ${bodyBytesMax} bytes.`);
    // The rest of the body is not read, so that the connection is of no more use.
    return { errors: [error], status: 413, headers: ['connection', 'close'] };
  }
  const parsed = parseBody(body.text);
  return parsed instanceof Error ? { errors: [parsed], status: statusOfMalformed(parsed) } : parsed;
};

/** A request by hash is well-formed: clients expect 200 and send the document. */
const statusOfMalformed = (error: GraphQLError): number =>
  error.extensions.code === 'PERSISTED_QUERY_NOT_FOUND' ? 200 : 400;

const checkMethod = (
  request: IncomingMessage,
  { operation }: PreparedOperation,
): Refusal | undefined => {
  if (request.method !== 'GET' || operation.operation === 'query') return undefined;
  return malformed(405, 'GET runs queries only.', ['allow', 'POST']);
};

const keyRefused = (type: 'keyMissing' | 'keyUnknown'): Refusal => ({
  errors: [
    refusal(
      'UNAUTHENTICATED',
      type === 'keyMissing'
        ? 'A key is needed: Authorization: Bearer KEY.'
        : 'The key is not known.',
    ),
  ],
});

const headerOf = (request: IncomingMessage, name: string): string | undefined => {
  const value = request.headers[name];
  return typeof value === 'string' ? value : undefined;
};

/** Aborts when the client goes away before its answer; made only when a data source asks for it. */
const signalOf = (response: ServerResponse): AbortSignal => {
  const controller = new AbortController();
  response.on('close', () => {
    if (!response.writableFinished) controller.abort();
  });
  return controller.signal;
};

export type Endpoint = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

export const createEndpoint = (options: EndpointOptions): Endpoint => {
  const { federation, authenticate, maskErrors, runHttp, observe, limits } = options;

  const refuse = (
    response: ServerResponse,
    { errors, status, headers = [] }: Refusal,
    { mediaType, traceId }: { readonly mediaType: MediaType; readonly traceId: string },
  ): void => {
    const result = { errors: maskErrors(errors, traceId) };
    observe('unknown', String(result.errors[0]?.extensions.code), 0);
    writeAnswer(response, {
      status: status ?? statusOf(mediaType, result),
      mediaType,
      traceId,
      result,
      text: `${JSON.stringify(result)}\n`,
      headers,
    });
  };

  return async (request, response) => {
    const traceId = readTraceId(headerOf(request, 'x-request-id')) ?? freshTraceId();
    const mediaType = negotiate(request.headers.accept);
    const place = { mediaType: mediaType ?? jsonType, traceId };
    if (mediaType === undefined) {
      return refuse(response, malformed(406, 'Answers are JSON.'), place);
    }
    const parsed = await readRequest(request, limits);
    if (parsed === undefined) return;
    if (isRefusal(parsed)) return refuse(response, parsed, place);
    const authentication = authenticate(request.headers.authorization);
    if (authentication.type !== 'known') {
      return refuse(response, keyRefused(authentication.type), place);
    }
    const prepared = federation.prepare(parsed.query, parsed.operationName);
    if (isRefused(prepared)) return refuse(response, prepared, place);
    const wrongMethod = checkMethod(request, prepared);
    if (wrongMethod) return refuse(response, wrongMethod, place);
    const context = createContext({
      caller: authentication.caller,
      address: addressOfSocket(request.socket.remoteAddress),
      traceId,
      after: headerOf(request, 'holdfast-after'),
      ...(process.env.NOSIG ? {} : { signal: () => signalOf(response) }),
    });
    const { result, text } = await runHttp(parsed, prepared, context);
    writeAnswer(response, {
      status: statusOf(mediaType, result),
      mediaType,
      traceId,
      result,
      text,
    });
  };
};
