import { inMemoryApiKeys } from '@holdfast/chassis/api-keys/api-keys.in-memory';
import { keyHash } from '@holdfast/gateway/key-ring';
import { describe, expect, it } from 'vitest';
import { callersByHash } from '../clustered/keys-of-callers.ts';
import { Refused, WrongUsage } from '../refused.ts';
import { parseKeysCommand, runKeys } from './keys.ts';

const world = () => {
  const apiKeys = inMemoryApiKeys();
  const run = async (...args: string[]) => {
    const options = new Map(
      args.flatMap((each) => (each.startsWith('--') ? [each.slice(2).split('=')] : [])) as [
        string,
        string,
      ][],
    );
    const positionals = args.filter((each) => !each.startsWith('--'));
    const given = { positionals, role: options.get('role'), scopes: options.get('scopes') };
    const texts = { out: '', note: '' };
    await runKeys(parseKeysCommand(given), apiKeys, () => Date.UTC(2026, 10, 28), {
      out: (text) => {
        texts.out += text;
      },
      note: (text) => {
        texts.note += text;
      },
    });
    return texts;
  };
  return { apiKeys, run };
};

describe('holdfast keys', () => {
  it('prints a new key alone, once, and keeps its hash', async () => {
    const { apiKeys, run } = world();
    const { out, note } = await run('create', '--role=partner', '--scopes=stock:read,orders:read');
    expect(out).toMatch(/^hf_partner_[\w-]{32}\n$/);
    const key = out.trim();
    expect(note).not.toContain(key);
    const caller = (await callersByHash(apiKeys)).get(keyHash(key));
    expect(caller).toMatchObject({ role: 'partner', scopes: ['stock:read', 'orders:read'] });
    expect(JSON.stringify(await apiKeys.lookup(keyHash(key)))).not.toContain(key);
    expect(note).toContain(caller?.id);
  });

  it('lists ids, roles, moments and scopes, and nothing that opens anything', async () => {
    const { run } = world();
    const keys = [await run('create', '--role=agent'), await run('create', '--role=storefront')];
    const { out } = await run('list');
    expect(out).toMatch(/^ID +ROLE +CREATED +SCOPES\n/);
    expect(out).toMatch(/\nagent:[0-9a-f]{12} +agent +2026-11-28T00:00:00.000Z\n/);
    expect(out.trim().split('\n')).toHaveLength(3);
    for (const { out: key } of keys) {
      expect(out).not.toContain(key.trim());
      expect(out).not.toContain(keyHash(key.trim()));
    }
  });

  it('revokes by id, once', async () => {
    const { apiKeys, run } = world();
    await run('create', '--role=operator');
    const [, id = ''] = /^id (\S+);/.exec((await run('create', '--role=agent')).note) ?? [];
    expect((await run('revoke', id)).out).toContain('revoked');
    expect([...(await callersByHash(apiKeys)).values()].map(({ role }) => role)).toEqual([
      'operator',
    ]);
    await expect(run('revoke', id)).rejects.toThrow(Refused);
    expect((await run('list')).out).not.toContain(id);
  });

  it('reads all of them, however many pages they are', async () => {
    const { apiKeys, run } = world();
    for (let at = 0; at < 1_001; at += 1) await run('create', '--role=partner');
    expect((await callersByHash(apiKeys)).size).toBe(1_001);
  });

  it.each([
    [],
    ['create'],
    ['create', '--role=service'],
    ['create', '--role=root'],
    ['create', '--role=agent', '--scopes=stock:read'],
    ['create', '--role=partner', '--scopes=stock:read,'],
    ['create', '--role=partner', '--scopes=all'],
    ['create', 'agent', '--role=agent'],
    ['revoke'],
    ['revoke', 'a', 'b'],
    ['list', 'all'],
    ['show'],
  ])('does not understand: keys %s %s %s', async (...args) => {
    await expect(world().run(...args)).rejects.toThrow(WrongUsage);
  });
});
