/** Reads a GraphQL request as HTTP brings it, or says by which status it is none. */
import type { IncomingMessage } from 'node:http';
import { GraphQLError } from 'graphql';
import { refusal } from '../errors/error-codes.ts';
import type { OperationRequest } from '../execution/run-operation.ts';
import { isJsonBody, jsonType } from './media-type.ts';
import { parseBody, parseSearch } from './parse-request.ts';
import { type Body, readBody } from './request-body.ts';

/** Why a request is not answered, with the status where that is not the media type's to say. */
export type Refusal = {
  readonly errors: readonly GraphQLError[];
  readonly status?: number;
  /** In pairs. */
  readonly headers?: readonly string[];
};

export const isRefusal = (value: object): value is Refusal => 'errors' in value;

export const malformed = (
  status: number,
  message: string,
  headers: readonly string[] = [],
): Refusal => ({ errors: [refusal('BAD_REQUEST', message)], status, headers });

/** A request by hash alone is well-formed: clients expect 200, and then send the document. */
const withStatus = (parsed: OperationRequest | GraphQLError): OperationRequest | Refusal => {
  if (!(parsed instanceof GraphQLError)) return parsed;
  const isByHash = parsed.extensions.code === 'PERSISTED_QUERY_NOT_FOUND';
  return { errors: [parsed], status: isByHash ? 200 : 400 };
};

const searchOf = ({ url = '' }: IncomingMessage): string => {
  const start = url.indexOf('?');
  return start < 0 ? '' : url.slice(start + 1);
};

const requestIn = (body: Body, bodyBytesMax: number): OperationRequest | Refusal | undefined => {
  if (body.type === 'lost') return undefined;
  if (body.type === 'read') return withStatus(parseBody(body.text));
  const error = refusal('DOCUMENT_TOO_LARGE', `A request has at most ${bodyBytesMax} bytes.`);
  // The rest of the body is not read, so that the connection is of no more use.
  return { errors: [error], status: 413, headers: ['connection', 'close'] };
};

const readPost = (
  request: IncomingMessage,
  bodyBytesMax: number,
): Promise<OperationRequest | Refusal | undefined> | Refusal => {
  const { 'content-type': contentType, 'content-encoding': encoding } = request.headers;
  if (!isJsonBody(contentType) || (encoding !== undefined && encoding !== 'identity')) {
    return malformed(415, `A body is ${jsonType} in UTF-8, not compressed.`);
  }
  return readBody(request, bodyBytesMax).then((body) => requestIn(body, bodyBytesMax));
};

/** @returns undefined when the client went away */
export const readRequest = (
  request: IncomingMessage,
  bodyBytesMax: number,
): Promise<OperationRequest | Refusal | undefined> | OperationRequest | Refusal => {
  if (request.method === 'GET') return withStatus(parseSearch(searchOf(request)));
  if (request.method === 'POST') return readPost(request, bodyBytesMax);
  return malformed(405, 'Ask by GET or POST.', ['allow', 'GET, POST']);
};
