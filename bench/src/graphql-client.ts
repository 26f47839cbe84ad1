/** GraphQL over one connection, made again when it was lost. */
import { type HttpConnection, openConnection } from './http-connection.ts';

export type Variables = Readonly<Record<string, unknown>>;

export type GraphqlClient = {
  /** The data. @throws ConnectionLost, TopLevelError */
  ask(query: string, variables: Variables): Promise<Readonly<Record<string, unknown>>>;
  close(): void;
};

/** Nothing was decided: the answer has no data. */
export class TopLevelError extends Error {
  override readonly name = 'TopLevelError';
  readonly code: string;

  constructor(code: string, message: string) {
    super(`${code}: ${message}`);
    this.code = code;
  }
}

type Answer = {
  readonly data?: Readonly<Record<string, unknown>> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly extensions?: { readonly code?: string };
  }[];
};

export function graphqlClient(endpoint: string, key: string | undefined): GraphqlClient {
  let connection: HttpConnection | undefined;
  return {
    async ask(query, variables) {
      connection ??= await openConnection(endpoint, key);
      try {
        const { text } = await connection.post(JSON.stringify({ query, variables }));
        const { data, errors } = JSON.parse(text) as Answer;
        const [error] = errors ?? [];
        if (error) throw new TopLevelError(error.extensions?.code ?? 'NONE', error.message);
        return data ?? {};
      } catch (failure) {
        if (!(failure instanceof TopLevelError)) {
          connection?.close();
          connection = undefined;
        }
        throw failure;
      }
    },
    close: () => connection?.close(),
  };
}

/** After these nothing was decided, and no key spent: the same request may be sent again. */
const passing: ReadonlySet<string> = new Set([
  'OVERLOADED',
  'RATE_LIMITED',
  'TIMEOUT',
  'UNAVAILABLE',
]);
export const isPassing = (code: string): boolean => passing.has(code);

const attemptsMax = 200;
const pauseMs = 20;

/** How often each passing error was heard, by code. */
export const passedErrors = new Map<string, number>();

/** Asks again while the answer is an error that passes. @throws as `ask` */
export async function askPatiently(
  client: GraphqlClient,
  query: string,
  variables: Variables,
): Promise<Readonly<Record<string, unknown>>> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await client.ask(query, variables);
    } catch (failure) {
      const passes = failure instanceof TopLevelError && passing.has(failure.code);
      if (!passes || attempt === attemptsMax) throw failure;
      passedErrors.set(failure.code, (passedErrors.get(failure.code) ?? 0) + 1);
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
