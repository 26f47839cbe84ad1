/** Reads what a stream is to carry, from a POST body or the query of a GET. */
import type { IncomingMessage } from 'node:http';
import { z } from 'zod';

const operation = z.object({
  query: z.string(),
  operationName: z.string().nullish(),
  variables: z.record(z.string(), z.unknown()).nullish(),
});

export type StreamRequest = {
  readonly query: string;
  readonly operationName: string | undefined;
  readonly variables: Record<string, unknown> | undefined;
};

/** With the HTTP status that says what is wrong with a request. */
export type MalformedRequest = { readonly status: 400 | 405 | 413 | 415; readonly message: string };

const malformed = (status: MalformedRequest['status'], message: string): MalformedRequest => ({
  status,
  message,
});

const parseOperation = (json: unknown): StreamRequest | MalformedRequest => {
  const { success, data } = operation.safeParse(json);
  if (!success) return malformed(400, 'The request is no GraphQL operation.');
  return {
    query: data.query,
    operationName: data.operationName ?? undefined,
    variables: data.variables ?? undefined,
  };
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // Not JSON: refused by the shape that it does not have.
  }
};

const readBody = async (
  request: IncomingMessage,
  bytesMax: number,
): Promise<string | undefined> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes > bytesMax) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
};

const fromQuery = (request: IncomingMessage): StreamRequest | MalformedRequest => {
  const parameters = new URL(request.url ?? '', 'http://host').searchParams;
  const variables = parameters.get('variables');
  return parseOperation({
    query: parameters.get('query'),
    operationName: parameters.get('operationName'),
    variables: variables === null ? null : parseJson(variables),
  });
};

export const readStreamRequest = async (
  request: IncomingMessage,
  bytesMax: number,
): Promise<StreamRequest | MalformedRequest> => {
  if (request.method === 'GET') return fromQuery(request);
  if (request.method !== 'POST') return malformed(405, 'A stream is asked for by GET or POST.');
  if (!/^application\/json *(;|$)/i.test(request.headers['content-type'] ?? '')) {
    return malformed(415, 'A stream is asked for in application/json.');
  }
  const body = await readBody(request, bytesMax);
  return body === undefined
    ? malformed(413, `A request has at most ${bytesMax} bytes.`)
    : parseOperation(parseJson(body));
};
