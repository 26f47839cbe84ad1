import type { Caller } from '@holdfast/schema/caller';
import { describe, expect, it } from 'vitest';
import { createAuthenticate } from './authenticate.ts';
import { keyHash, keyRing } from './key-ring.ts';

const operator: Caller = { role: 'operator', id: 'op', scopes: [] };
const anyone: Caller = { role: 'storefront', id: 'anyone', scopes: [] };
const callers = new Map([[keyHash('sesame'), operator]]);
const open = createAuthenticate(keyRing(callers, anyone));
const closed = createAuthenticate(keyRing(callers, undefined));

describe('authenticate', () => {
  it.each(['Bearer sesame', 'bearer sesame', 'Bearer  sesame ', 'sesame'])(
    'knows %j',
    async (text) => {
      expect(await open(text)).toEqual({ type: 'known', caller: operator });
    },
  );

  it.each(['Bearer guess', 'Bearer', 'Bearer ', '', 'Basic sesame'])(
    'does not know %j, also where no key is needed',
    async (text) => {
      expect(await open(text)).toEqual({ type: 'keyUnknown' });
    },
  );

  it.each([7, null, { key: 'sesame' }, ['sesame']])(
    'does not know %j, which is no text',
    async (value) => {
      expect(await open(value)).toEqual({ type: 'keyUnknown' });
    },
  );

  it('takes no key for anyone, or asks for one', () => {
    expect(open(undefined)).toEqual({ type: 'known', caller: anyone });
    expect(closed(undefined)).toEqual({ type: 'keyMissing' });
  });

  it('keeps no key as it is', () => {
    expect([...callers.keys()].join()).not.toContain('sesame');
  });
});
