/** What every adapter of the callers' keys must do. */
import type { Caller } from '@holdfast/schema/caller';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApiKeys } from './api-keys.ts';

export type ApiKeysUnderTest = {
  readonly keys: ApiKeys;
  /** Closes the store and opens it again. */
  reopen(): Promise<ApiKeys>;
  close(): Promise<void>;
};

const caller = (id: string): Caller => ({ role: 'partner', id, scopes: ['stock:read'] });
const key = (hash: string, id: string, createdAt = 10) => ({ hash, caller: caller(id), createdAt });

export function apiKeysContract(name: string, open: () => Promise<ApiKeysUnderTest>): void {
  describe(`API keys: ${name}`, () => {
    let under: ApiKeysUnderTest;
    let keys: ApiKeys;
    beforeEach(async () => {
      under = await open();
      keys = under.keys;
    });
    afterEach(() => under.close());

    const hashes = async (changedSince: number, after = '', limit = 10) =>
      (await keys.list({ changedSince, after, limit })).map(({ hash }) => hash);

    it('know nobody at first, whatever is asked for', async () => {
      for (const hash of ['h1', '', '$ne', '{"$gt":""}']) {
        expect(await keys.lookup(hash)).toBeUndefined();
      }
      expect(await hashes(0)).toEqual([]);
      expect(await keys.revoke('partner:1', 5)).toBe(0);
    });

    it('say who a key is, also after they were opened again', async () => {
      await keys.create(key('h1', 'partner:1'));
      for (const open of [async () => keys, under.reopen]) {
        expect(await (await open()).lookup('h1')).toEqual({
          ...key('h1', 'partner:1'),
          revokedAt: undefined,
        });
      }
    });

    it('keep the first of two with one hash', async () => {
      await keys.create(key('h1', 'partner:1'));
      await keys.revoke('partner:1', 20);
      await keys.create(key('h1', 'partner:2', 30));
      expect(await keys.lookup('h1')).toMatchObject({ caller: caller('partner:1'), revokedAt: 20 });
    });

    it('revoke a caller, once, and say so to who asks what changed', async () => {
      await keys.create(key('h1', 'partner:1'));
      await keys.create(key('h2', 'partner:1', 15));
      await keys.create(key('h3', 'partner:3', 12));
      expect(await hashes(12)).toEqual(['h2', 'h3']);
      expect(await keys.revoke('partner:1', 20)).toBe(2);
      expect(await keys.revoke('partner:1', 25)).toBe(0);
      expect(await keys.lookup('h2')).toMatchObject({ createdAt: 15, revokedAt: 20 });
      expect(await hashes(16)).toEqual(['h1', 'h2']);
      expect(await hashes(20)).toEqual(['h1', 'h2']);
      expect(await hashes(21)).toEqual([]);
    });

    it('are listed in pages', async () => {
      const all = Array.from({ length: 25 }, (_, at) => `h${String(at).padStart(2, '0')}`);
      for (const hash of all.toReversed()) await keys.create(key(hash, hash));
      const pages = [await hashes(0), await hashes(0, 'h09'), await hashes(0, 'h19')];
      expect(pages.flat()).toEqual(all);
    });
  });
}
