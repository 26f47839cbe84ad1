/** The keys of a clustered system: made, revoked and listed where the store keeps their hashes. */
import type { ApiKey, ApiKeys } from '@holdfast/chassis/api-keys/api-keys';
import { keyHash } from '@holdfast/gateway/key-ring';
import type { Caller, Scope } from '@holdfast/schema/caller';
import { callerOf, type KeyRole, newKey } from '../keys.ts';

const pageSize = 500;
/** Far above what a merchant has: who reads them all keeps them in memory. */
const keysMax = 100_000;

/** All keys, the revoked ones too. */
async function allKeys(apiKeys: ApiKeys): Promise<readonly ApiKey[]> {
  const found: ApiKey[] = [];
  for (let after = ''; ; after = found.at(-1)?.hash ?? '') {
    const page = await apiKeys.list({ changedSince: 0, after, limit: pageSize });
    found.push(...page);
    if (page.length < pageSize) return found;
    if (found.length >= keysMax) throw new Error(`more than ${keysMax} keys`);
  }
}

export const validKeys = async (apiKeys: ApiKeys): Promise<readonly ApiKey[]> =>
  (await allKeys(apiKeys)).filter(({ revokedAt }) => revokedAt === undefined);

/** As the gateway's ring wants them. */
export const callersByHash = async (apiKeys: ApiKeys): Promise<ReadonlyMap<string, Caller>> =>
  new Map((await validKeys(apiKeys)).map(({ hash, caller }) => [hash, caller]));

/** @returns the key, which nobody can ever tell again, and the id by which it is revoked */
export async function createKey(
  apiKeys: ApiKeys,
  role: KeyRole,
  scopes: readonly Scope[],
  createdAt: number,
): Promise<{ readonly key: string; readonly id: string }> {
  const key = newKey(role);
  const caller = { ...callerOf(role, key), scopes };
  await apiKeys.create({ hash: keyHash(key), caller, createdAt });
  return { key, id: caller.id };
}
