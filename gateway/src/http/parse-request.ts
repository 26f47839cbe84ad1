/** From a body or a query string to the parts of a GraphQL request. */
import type { GraphQLError } from 'graphql';
import { refusal } from '../errors/error-codes.ts';
import type { OperationRequest } from '../execution/run-operation.ts';

type Parsed = OperationRequest | GraphQLError;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const wrong = (message: string): GraphQLError => refusal('BAD_REQUEST', message);

/**
 * The message is the one that clients with automatic persisted queries know, and then send the
 * document.
 */
const notPersisted = () => refusal('PERSISTED_QUERY_NOT_FOUND', 'PersistedQueryNotFound');

const parseParts = (parts: Readonly<Record<string, unknown>>): Parsed => {
  const { query, operationName, variables, extensions } = parts;
  if (extensions != null && !isRecord(extensions)) return wrong('`extensions` is no object.');
  if (query == null && extensions != null && 'persistedQuery' in extensions) return notPersisted();
  if (typeof query !== 'string' || query === '') return wrong('`query` is missing or no text.');
  if (operationName != null && typeof operationName !== 'string') {
    return wrong('`operationName` is no text.');
  }
  if (variables != null && !isRecord(variables)) return wrong('`variables` is no object.');
  return { query, operationName: operationName || undefined, variables: variables ?? undefined };
};

const parseJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
};

export const parseBody = (text: string): Parsed => {
  const body = parseJson(text);
  if (Array.isArray(body)) return wrong('Send one operation a request; there are no batches.');
  if (!isRecord(body)) return wrong('The body is no JSON object.');
  return parseParts(body);
};

/** @param search what follows `?` in the URL */
export const parseSearch = (search: string): Parsed => {
  const parameters = new URLSearchParams(search);
  const parts: Record<string, unknown> = {};
  for (const name of ['query', 'operationName', 'variables', 'extensions']) {
    const values = parameters.getAll(name);
    if (values.length > 1) return wrong(`\`${name}\` is given more than once.`);
    const [value] = values;
    if (value === undefined || value === '') continue;
    const isJson = name === 'variables' || name === 'extensions';
    const parsed = isJson ? parseJson(value) : value;
    if (parsed === undefined) return wrong(`\`${name}\` is no JSON.`);
    parts[name] = parsed;
  }
  return parseParts(parts);
};
