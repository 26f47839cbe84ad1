/** A whole gateway over stub subgraphs, on a port of its own. */
import { supergraphSdl } from '@holdfast/schema/sdl';
import type { Subgraph } from '@holdfast/schema/subgraph';
import { createGateway, type GatewayOptions } from '../../src/app.ts';
import { keyHash, keyRing } from '../../src/callers/key-ring.ts';
import { callers, contractSubgraphs } from './contract.ts';

export type LoggedLine = {
  readonly message: string;
  readonly facts: Readonly<Record<string, unknown>> | undefined;
};

export type StartOptions = Partial<Omit<GatewayOptions, 'logger' | 'subgraphs'>> & {
  readonly subgraphs?: Subgraph[];
};

/** Each role's key is its name. */
const keys = keyRing(
  new Map(Object.entries(callers).map(([name, caller]) => [keyHash(name), caller])),
  callers.anonymous,
);

const generous = { burst: 100_000, perSecond: 100_000 };

export const createStubGateway = async (options: StartOptions = {}) => {
  const errors: LoggedLine[] = [];
  const gateway = await createGateway({
    subgraphs: contractSubgraphs(),
    supergraphSdl: supergraphSdl(),
    keys,
    rates: { storefront: generous, otherKeys: generous },
    consoleFolder: undefined,
    version: '0.0.0-test',
    ...options,
    logger: { info: () => {}, error: (message, facts) => void errors.push({ message, facts }) },
  });
  return { gateway, errors };
};

export const startGateway = async (options: StartOptions = {}) => {
  const { gateway, errors } = await createStubGateway(options);
  const { url, port } = await gateway.listen('127.0.0.1', 0);
  return { gateway, url, port, errors };
};

export type Started = Awaited<ReturnType<typeof startGateway>>;

export type Asked = {
  readonly query?: string;
  readonly variables?: Record<string, unknown>;
  readonly operationName?: string;
  readonly extensions?: Record<string, unknown>;
};

type Answered = {
  readonly data?: Record<string, unknown> | null;
  readonly errors?: readonly {
    readonly message: string;
    readonly path?: readonly (string | number)[];
    readonly extensions: Record<string, unknown>;
  }[];
  readonly extensions?: Record<string, unknown>;
};

/** POSTs one operation. @param key a role's name, or undefined for none */
export const ask = async (
  url: string,
  body: Asked | string,
  { key, headers = {} }: { readonly key?: string; readonly headers?: Record<string, string> } = {},
) => {
  const response = await fetch(`${url}/graphql`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(key && { authorization: `Bearer ${key}` }),
      ...headers,
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  const answer: Answered = JSON.parse(text);
  const codes = answer.errors?.map((error) => error.extensions.code) ?? [];
  return { status: response.status, headers: response.headers, ...answer, codes };
};
