/** Two ways to ask the system: over HTTP when it runs, in this process when this is it. */

import type { Caller } from '@holdfast/schema/caller';
import { type DocumentNode, execute, parse } from 'graphql';
import type { Embedded } from './embedded.ts';
import { Refused } from './refused.ts';
import type { Ask } from './take-stock.ts';

const importer: Caller = { role: 'operator', id: 'operator:import', scopes: [] };

export function askHere({ inventory }: Embedded): Ask {
  const documents = new Map<string, DocumentNode>();
  const { schema, createContext } = inventory.subgraph;
  return async (query, variables) => {
    const document = documents.get(query) ?? parse(query);
    documents.set(query, document);
    const contextValue = createContext({
      ...{ caller: importer, traceId: 'import', after: undefined, cursors: [] },
    });
    const result = await execute({ schema, document, variableValues: variables, contextValue });
    if (result.errors?.[0]) throw result.errors[0].originalError ?? result.errors[0];
    return result.data ?? {};
  };
}

const triesMax = 5;

/** @param url of the running system */
export function askOverHttp(url: string, key: string): Ask {
  return async (query, variables) => {
    for (let attempt = 1; ; attempt += 1) {
      const response = await fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${key}` },
        body: JSON.stringify({ query, variables }),
      });
      const { data, errors } = (await response.json()) as {
        readonly data?: Readonly<Record<string, unknown>>;
        readonly errors?: readonly {
          readonly message: string;
          readonly extensions?: { readonly retryAfterMs?: number };
        }[];
      };
      const [error] = errors ?? [];
      if (!error && data) return data;
      const retryAfterMs = error?.extensions?.retryAfterMs;
      if (retryAfterMs === undefined || attempt === triesMax) {
        throw new Refused(
          `The running system at ${url} answered: ${error?.message ?? response.status}.`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, retryAfterMs));
    }
  };
}
