import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type TemporaryStore, temporaryStore } from '../test/temporary-store.ts';
import { decryptPersonal, encryptPersonal, NotSealedWithKey } from './personal-data.ts';
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

describe('personal keys: SQLite', () => {
  let temporary: TemporaryStore;
  beforeEach(async () => {
    temporary = await temporaryStore();
  });
  afterEach(() => temporary.remove());

  it('are one for each subject, however many ask at once, and outlive a restart', async () => {
    const keys = sqlitePersonalKeys(temporary.store());
    const made = await Promise.all([1, 2, 3].map(() => keys.create('ord_1')));
    const [first] = made;
    for (const each of made) expect(Buffer.from(each)).toEqual(Buffer.from(first ?? []));
    expect(Buffer.from(await keys.create('ord_2'))).not.toEqual(Buffer.from(first ?? []));
    const later = sqlitePersonalKeys(await temporary.reopen());
    expect(Buffer.from((await later.find('ord_1')) ?? [])).toEqual(Buffer.from(first ?? []));
  });

  it('are gone when forgotten; a new one does not open what the old one sealed', async () => {
    const keys = sqlitePersonalKeys(temporary.store());
    const sealed = encryptPersonal(await keys.create('ord_1'), 'secret');
    await keys.forget('ord_1');
    await keys.forget('ord_1');
    expect(await keys.find('ord_1')).toBeUndefined();
    const other = await keys.create('ord_1');
    expect(() => decryptPersonal(other, sealed)).toThrow(NotSealedWithKey);
  });
});
