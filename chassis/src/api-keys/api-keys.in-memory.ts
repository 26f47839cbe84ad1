import type { ApiKey, ApiKeys } from './api-keys.ts';

/** Keys that live as long as the returned functions. */
export function inMemoryApiKeys(): ApiKeys {
  const keys = new Map<string, ApiKey>();

  return {
    async create(key) {
      if (!keys.has(key.hash)) keys.set(key.hash, { ...key, revokedAt: undefined });
    },
    async revoke(callerId, at) {
      const ended = [...keys.values()].filter(
        ({ caller, revokedAt }) => caller.id === callerId && revokedAt === undefined,
      );
      for (const key of ended) keys.set(key.hash, { ...key, revokedAt: at });
      return ended.length;
    },
    async list({ changedSince, after, limit }) {
      const changed = [...keys.values()].filter(
        ({ hash, createdAt, revokedAt }) =>
          hash > after && (revokedAt ?? createdAt) >= changedSince,
      );
      return changed.sort((a, b) => (a.hash < b.hash ? -1 : 1)).slice(0, limit);
    },
    lookup: async (hash) => keys.get(hash),
  };
}
