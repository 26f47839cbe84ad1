import type { Role, Scope } from '@holdfast/schema/caller';
import { MongoServerError } from 'mongodb';
import { StoreCorrupt } from '../log/event-log.ts';
import { duplicateKey } from '../mongo/failure.mongo.ts';
import { type MongoStore, workWithinMs } from '../mongo/store.mongo.ts';
import type { ApiKey, ApiKeys } from './api-keys.ts';

type StoredApiKey = {
  /** The key's hash. */
  readonly _id: string;
  readonly callerId: string;
  readonly role: Role;
  readonly scopes: readonly Scope[];
  readonly createdAt: number;
  readonly revokedAt: number | null;
  readonly changedAt: number;
};

const roles: readonly unknown[] = ['storefront', 'agent', 'partner', 'operator', 'service'];
const scopes: readonly unknown[] = ['stock:read', 'stock:write', 'orders:read', 'orders:write'];

/** Somebody else may write to this collection: a key must not come out of it with more rights. */
function fromStored(stored: StoredApiKey): ApiKey {
  const { _id: hash, callerId, role, createdAt, revokedAt } = stored;
  const known =
    Array.isArray(stored.scopes) && stored.scopes.every((each) => scopes.includes(each));
  if (!known || typeof callerId !== 'string' || !roles.includes(role)) {
    throw new StoreCorrupt('an API key is not what was written');
  }
  const caller = { role, id: callerId, scopes: stored.scopes };
  return { hash, caller, createdAt, revokedAt: revokedAt ?? undefined };
}

export function mongoApiKeys(store: MongoStore): ApiKeys {
  const keys = store.shared<StoredApiKey>('api_keys');

  return {
    async create({ hash, caller, createdAt }) {
      const { id: callerId, role, scopes } = caller;
      const times = { createdAt, revokedAt: null, changedAt: createdAt };
      try {
        await keys.insertOne({ _id: hash, callerId, role, scopes: [...scopes], ...times });
      } catch (failure) {
        if (failure instanceof MongoServerError && failure.code === duplicateKey) return;
        throw failure;
      }
    },

    async revoke(callerId, at) {
      const change = { $set: { revokedAt: at, changedAt: at } };
      const { matchedCount } = await keys.updateMany({ callerId, revokedAt: null }, change);
      return matchedCount;
    },

    async list({ changedSince, after, limit }) {
      const filter = { _id: { $gt: after }, changedAt: { $gte: changedSince } };
      const options = { limit, maxTimeMS: workWithinMs };
      const page = await keys.find(filter, options).sort({ _id: 1 }).toArray();
      return page.map(fromStored);
    },

    async lookup(hash) {
      const found = await keys.findOne({ _id: hash }, { maxTimeMS: workWithinMs });
      return found ? fromStored(found) : undefined;
    },
  };
}
