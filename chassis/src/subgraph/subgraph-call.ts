/**
 * Runs what a gateway in another process asks of a subgraph: documents are cached, and an answer
 * tells no more than it may.
 */
import type { Subgraph, SubgraphCall, SubgraphRequest } from '@holdfast/schema/subgraph';
import {
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  execute,
  GraphQLError,
  parse,
  subscribe,
  validate,
} from 'graphql';
import { LRUCache } from 'lru-cache';

export type ErrorLog = {
  error(message: string, facts: Readonly<Record<string, unknown>>): void;
};

/** One call, and whose it is. */
export type Asked = { readonly call: SubgraphCall; readonly request: SubgraphRequest };

export type SubgraphRunner = {
  /** The answer as it is sent, its cursor included. */
  answer(asked: Asked): Promise<string>;
  /** The events of a subscription, or the answer that refuses it. */
  events(asked: Asked): Promise<Events | string>;
};

export type Events = {
  /** The next event as it is sent; undefined when there are no more. */
  next(): Promise<string | undefined>;
  /** Ends them at once, also while `next` waits. */
  stop(): void;
};

const documentsMax = 5_000; // a few for each operation that the gateways have prepared

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @returns undefined for what is no call */
export const parseCall = (body: string): SubgraphCall | undefined => {
  let parsed: unknown;
  try {
    parsed = JSON.parse(body);
  } catch {
    return undefined; // No JSON, so no call.
  }
  if (!isObject(parsed) || typeof parsed.query !== 'string') return undefined;
  const { query, variables = {}, operationName = undefined } = parsed;
  if (!isObject(variables)) return undefined;
  if (operationName !== undefined && typeof operationName !== 'string') return undefined;
  return { query, variables, operationName };
};

/**
 * The answer that says no to a whole call.
 *
 * @param code of INTERFACE's closed list
 */
export const refusedAnswer = (
  code: 'BAD_REQUEST' | 'OVERLOADED' | 'TIMEOUT' | 'UNAVAILABLE' | 'INTERNAL',
  message: string,
  facts: Readonly<Record<string, unknown>> = {},
): string => JSON.stringify({ errors: [{ message, extensions: { ...facts, code } }] });

/** Each validated once: a gateway of a newer version must hear what is not known here. */
const createDocuments = ({ schema }: Subgraph) => {
  const known = new LRUCache<string, DocumentNode>({ max: documentsMax });
  return (query: string): DocumentNode | readonly GraphQLError[] => {
    const found = known.get(query);
    if (found) return found;
    let document: DocumentNode;
    try {
      document = parse(query, { noLocation: true });
    } catch (cause) {
      if (cause instanceof GraphQLError) return [cause];
      throw cause;
    }
    const errors = validate(schema, document);
    if (errors.length > 0) return errors;
    known.set(query, document);
    return document;
  };
};

/** What has a code is meant to be heard; of the rest a gateway hears that it is logged here. */
const createFormat =
  (log: ErrorLog, subgraph: string) =>
  (error: GraphQLError, traceId: string): object => {
    const { message, path, extensions, originalError } = error;
    if (typeof extensions.code === 'string') return { message, path, extensions };
    const cause = originalError?.stack ?? message;
    log.error('unexpected error', { traceId, subgraph, path, cause });
    return { message: `unexpected error in ${subgraph}`, path, extensions: { code: 'INTERNAL' } };
  };

export const subgraphRunner = (subgraph: Subgraph, log: ErrorLog): SubgraphRunner => {
  const documentOf = createDocuments(subgraph);
  const format = createFormat(log, subgraph.name);

  const textOf = ({ data, errors }: ExecutionResult, { traceId, cursors }: SubgraphRequest) => {
    const cursor = cursors.at(-1);
    return JSON.stringify({
      ...(errors && { errors: errors.map((error) => format(error, traceId)) }),
      ...(data !== undefined && { data }),
      ...(cursor !== undefined && { extensions: { cursor } }),
    });
  };

  const argumentsOf = ({ call, request }: Asked): ExecutionArgs | readonly GraphQLError[] => {
    const document = documentOf(call.query);
    if (!('kind' in document)) return document;
    return {
      ...{ schema: subgraph.schema, document, variableValues: call.variables },
      operationName: call.operationName,
      contextValue: subgraph.createContext(request),
    };
  };

  return {
    async answer(asked) {
      const args = argumentsOf(asked);
      const result = 'schema' in args ? await execute(args) : { errors: args };
      return textOf(result, asked.request);
    },
    async events(asked) {
      const args = argumentsOf(asked);
      const opened = 'schema' in args ? await subscribe(args) : { errors: args };
      if (!(Symbol.asyncIterator in opened)) return textOf(opened, asked.request);
      return {
        async next() {
          const { value, done } = await opened.next();
          return done === true ? undefined : textOf(value, asked.request);
        },
        stop() {
          opened.return(undefined).catch((failure: unknown) => {
            log.error('a subscription could not be ended', { cause: String(failure) });
          });
        },
      };
    },
  };
};
