import { describeWith } from '@holdfast/test-servers/describe-with';
import { describe, expect, it } from 'vitest';
import { mongoTestStore } from '#test/mongo-test-store.ts';
import { temporaryStore } from '#test/temporary-store.ts';
import { decryptPersonal, encryptPersonal, NotSealedWithKey } from './personal-data.ts';
import { personalKeysContract } from './personal-keys.contract.ts';
import { mongoPersonalKeys } from './personal-keys.mongo.ts';
import { sqlitePersonalKeys } from './personal-keys.sqlite.ts';

const key = new Uint8Array(32).fill(1);
const counted = (count: number) => new Uint8Array(count).fill(7);

describe('personal data', () => {
  it('is read with its key, and hides what it says', () => {
    const sealed = encryptPersonal(key, 'Åsa Öberg, 4711');
    expect(sealed).toMatch(/^[\w-]+$/);
    expect(Buffer.from(sealed, 'base64url').toString('latin1')).not.toContain('4711');
    expect(decryptPersonal(key, sealed)).toBe('Åsa Öberg, 4711');
  });

  it('never looks the same twice, unless a simulation says so', () => {
    expect(encryptPersonal(key, 'x')).not.toBe(encryptPersonal(key, 'x'));
    expect(encryptPersonal(key, 'x', counted)).toBe(encryptPersonal(key, 'x', counted));
  });

  it('cannot be read with another key, nor changed', () => {
    const sealed = encryptPersonal(key, 'secret');
    expect(() => decryptPersonal(new Uint8Array(32), sealed)).toThrow(NotSealedWithKey);
    const bytes = Buffer.from(sealed, 'base64url');
    for (const at of [0, 12, bytes.length - 1]) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      expect(() => decryptPersonal(key, changed.toString('base64url'))).toThrow(NotSealedWithKey);
    }
    expect(() => decryptPersonal(key, 'short')).toThrow(NotSealedWithKey);
  });
});

personalKeysContract('SQLite', async () => {
  const temporary = await temporaryStore();
  return {
    keys: sqlitePersonalKeys(temporary.store()),
    reopen: async () => sqlitePersonalKeys(await temporary.reopen()),
    close: temporary.remove,
  };
});

describeWith(['mongodb'], 'MongoDB', ({ mongodbUrl }) => {
  personalKeysContract('MongoDB', async () => {
    const mongo = await mongoTestStore(mongodbUrl());
    return {
      keys: mongoPersonalKeys(mongo.store(), 'orders'),
      reopen: async () => mongoPersonalKeys(await mongo.reopen(), 'orders'),
      close: mongo.remove,
    };
  });
});
