/**
 * One key a role, made at the first start and kept beside the store, readable by its owner only.
 */
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type KeyRing, keyHash, keyRing } from '@holdfast/gateway/key-ring';
import type { Caller, Role, Scope } from '@holdfast/schema/caller';
import { z } from 'zod';
import { Refused } from './refused.ts';

export const keyRoles = ['storefront', 'agent', 'partner', 'operator'] as const;
export type KeyRole = (typeof keyRoles)[number];
export const isKeyRole = (text: string): text is KeyRole =>
  (keyRoles as readonly string[]).includes(text);
export type Keys = Readonly<Record<KeyRole, string>>;

export const allScopes = [
  'stock:read',
  'stock:write',
  'orders:read',
  'orders:write',
] as const satisfies readonly Scope[];

const keysText = z.object({
  storefront: z.string().min(16),
  agent: z.string().min(16),
  partner: z.string().min(16),
  operator: z.string().min(16),
});

export const newKey = (role: KeyRole): string =>
  `hf_${role}_${randomBytes(24).toString('base64url')}`;

export const newKeys = (): Keys => ({
  storefront: newKey('storefront'),
  agent: newKey('agent'),
  partner: newKey('partner'),
  operator: newKey('operator'),
});

export const keysFile = (folder: string): string => join(folder, 'keys.json');

/** @throws Refused when the file is there and cannot be read as keys */
export function readKeys(folder: string): Keys | undefined {
  const file = keysFile(folder);
  if (!existsSync(file)) return undefined;
  try {
    return keysText.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new Refused(`${file} is not a file of keys; delete it and start again for new ones.`, {
      cause,
    });
  }
}

export function readOrMakeKeys(folder: string): Keys {
  const known = readKeys(folder);
  if (known) return known;
  const keys = newKeys();
  writeFileSync(keysFile(folder), `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600 });
  return keys;
}

/** A caller's id names its key without being it: it stands in the log. */
export const callerOf = (role: Role, key: string): Caller => ({
  role,
  id: `${role}:${createHash('sha256').update(key).digest('hex').slice(0, 12)}`,
  scopes: role === 'partner' ? allScopes : [],
});

/** Of the keys in a folder, without the keys themselves. */
export const callersIn = (folder: string) => {
  const keys = readKeys(folder);
  if (!keys) return [];
  return keyRoles.map((role) => ({
    ...{ hash: keyHash(keys[role]), caller: callerOf(role, keys[role]) },
  }));
};

/** @param anonymousStorefront whether a call without a key is a storefront */
export function ringOf(keys: Keys, anonymousStorefront: boolean): KeyRing {
  const callers = new Map(
    keyRoles.map((role) => [keyHash(keys[role]), callerOf(role, keys[role])]),
  );
  // The same storefront, but not the same caller: who brings its key is told more of a refusal.
  const anonymous = callerOf('storefront', keys.storefront);
  return keyRing(callers, anonymousStorefront ? anonymous : undefined);
}
