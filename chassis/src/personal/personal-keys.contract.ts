/** What every adapter of the keys of personal data must do. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decryptPersonal, encryptPersonal, NotSealedWithKey } from './personal-data.ts';
import type { PersonalKey, PersonalKeys } from './personal-keys.ts';

export type PersonalKeysUnderTest = {
  readonly keys: PersonalKeys;
  /** Closes the store and opens it again. */
  reopen(): Promise<PersonalKeys>;
  close(): Promise<void>;
};

const hex = (key: PersonalKey | undefined) => key && Buffer.from(key).toString('hex');

export function personalKeysContract(
  name: string,
  open: () => Promise<PersonalKeysUnderTest>,
): void {
  describe(`personal keys: ${name}`, () => {
    let under: PersonalKeysUnderTest;
    let keys: PersonalKeys;
    beforeEach(async () => {
      under = await open();
      keys = under.keys;
    });
    afterEach(() => under.close());

    it('are one for each subject, however many ask at once, and outlive a restart', async () => {
      const made = await Promise.all([1, 2, 3].map(() => keys.create('ord_1')));
      const [first] = made.map(hex);
      expect(first).toMatch(/^[0-9a-f]{64}$/);
      expect(new Set(made.map(hex)).size).toBe(1);
      expect(hex(await keys.create('ord_2'))).not.toEqual(first);
      const later = await under.reopen();
      expect(hex(await later.find('ord_1'))).toEqual(first);
      expect(hex(await later.create('ord_1'))).toEqual(first);
    });

    it('are gone when forgotten; a new one does not open what the old one sealed', async () => {
      const sealed = encryptPersonal(await keys.create('ord_1'), 'secret');
      await keys.forget('ord_1');
      await keys.forget('ord_1');
      expect(await keys.find('ord_1')).toBeUndefined();
      const other = await keys.create('ord_1');
      expect(() => decryptPersonal(other, sealed)).toThrow(NotSealedWithKey);
    });

    it('take a subject for a name and nothing else', async () => {
      for (const subject of ['$where', 'a.b', '{"$gt":""}']) {
        const key = await keys.create(subject);
        expect(hex(await keys.find(subject))).toEqual(hex(key));
      }
      expect(await keys.find('$ne')).toBeUndefined();
    });
  });
}
