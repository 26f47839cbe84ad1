/**
 * Names operations to Apollo Server while they run, as persisted queries: it would otherwise hash
 * every text that it is given, and parse what `prepare` has parsed.
 */
import type { DocumentNode } from 'graphql';
import type { PreparedOperation } from '../execution/federation.ts';

type Store<Value> = {
  get(key: string): Promise<Value | undefined>;
  set(key: string, value: Value): Promise<void>;
  delete(key: string): Promise<boolean>;
};

type PersistedQuery = {
  readonly persistedQuery: { readonly version: 1; readonly sha256Hash: string };
};

export type RunningOperations = {
  readonly texts: Store<string>;
  readonly documents: Store<DocumentNode>;
  /** @param run gets what stands for the operation's text in a request */
  during<Result>(
    prepared: PreparedOperation,
    run: (extensions: PersistedQuery) => Promise<Result>,
  ): Promise<Result>;
};

type Running = { readonly prepared: PreparedOperation; count: number };

export const createRunningOperations = (): RunningOperations => {
  const running = new Map<string, Running>();
  // Apollo Server puts its own prefix before a key, which ends in a colon.
  const find = (key: string) => running.get(key.slice(key.lastIndexOf(':') + 1))?.prepared;
  /** What Apollo Server would keep is known here already. */
  const readOnly = { set: async () => {}, delete: async () => false };
  return {
    texts: { ...readOnly, get: async (key) => find(key)?.source },
    documents: { ...readOnly, get: async (key) => find(key)?.document },
    during: async (prepared, run) => {
      const { id } = prepared;
      const entry = running.get(id) ?? { prepared, count: 0 };
      entry.count += 1;
      running.set(id, entry);
      try {
        return await run({ persistedQuery: { version: 1, sha256Hash: id } });
      } finally {
        entry.count -= 1;
        if (entry.count === 0) running.delete(id);
      }
    },
  };
};
