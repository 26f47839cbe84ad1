import type { Caller } from '@holdfast/schema/caller';
import { describe, expect, it } from 'vitest';
import { createAuthenticate } from '../src/callers/authenticate.ts';
import { keyHash } from '../src/callers/key-ring.ts';
import { rereadGapMs, rereadKeyRing } from '../src/callers/reread-key-ring.ts';
import { manualClock, quiet } from './live-stubs/manual-clock.ts';

const callerOf = (id: string): Caller => ({ role: 'agent', id, scopes: [] });

const start = async (...ids: string[]) => {
  const kept = new Map(ids.map((id) => [keyHash(`key of ${id}`), callerOf(id)]));
  const { clock, advance } = manualClock();
  const logged: string[] = [];
  let reads = 0;
  let isAway = false;
  const ring = await rereadKeyRing({
    read: async () => {
      reads += 1;
      if (isAway) throw new Error('the store is away');
      return new Map(kept);
    },
    anonymous: undefined,
    clock,
    logger: { info: () => {}, error: (message) => void logged.push(message) },
  });
  const revoked: string[][] = [];
  ring.onRevoked((ids) => void revoked.push([...ids]));
  return {
    ...{ ring, advance, logged, revoked },
    authenticate: createAuthenticate(ring),
    reads: () => reads,
    add: (id: string) => kept.set(keyHash(`key of ${id}`), callerOf(id)),
    remove: (id: string) => kept.delete(keyHash(`key of ${id}`)),
    away: (away: boolean) => {
      isAway = away;
    },
  };
};

describe('keys that are read again', () => {
  it('are known at once from the start', async () => {
    const { authenticate } = await start('ada');
    expect(authenticate('Bearer key of ada')).toEqual({ type: 'known', caller: callerOf('ada') });
  });

  it('are known when they have been made a moment before they are used', async () => {
    const { authenticate, add, advance } = await start('ada');
    add('bob');
    const asked = authenticate('Bearer key of bob');
    await advance(rereadGapMs);
    expect(await asked).toEqual({ type: 'known', caller: callerOf('bob') });
    expect(authenticate('Bearer key of bob')).toMatchObject({ type: 'known' });
  });

  it('are gone within 5 s when revoked, and whoever has something open is told', async () => {
    const { ring, remove, advance, revoked } = await start('ada', 'bob');
    remove('bob');
    await advance(4_500);
    expect(ring.lookup('key of bob')).toBeUndefined();
    expect(ring.lookup('key of ada')).toBeDefined();
    expect(revoked).toEqual([['bob']]);
  });

  it('are read no more than four times a second, however many unknown ones come', async () => {
    const { authenticate, advance, reads } = await start('ada');
    const before = reads();
    const asked: unknown[] = [];
    for (let at = 0; at < 100; at += 1) {
      asked.push(authenticate(`Bearer guess ${at}`));
      await advance(10);
    }
    await advance(rereadGapMs);
    expect(reads() - before).toBeLessThanOrEqual(5);
    expect(await Promise.all(asked)).toEqual(asked.map(() => ({ type: 'keyUnknown' })));
  });

  it('are not looked for when nobody can have been given them', async () => {
    const { authenticate, reads } = await start('ada');
    const before = reads();
    for (const text of ['', 'Bearer ', 'x'.repeat(513)]) {
      expect(authenticate(text)).toEqual({ type: 'keyUnknown' });
    }
    expect(reads()).toBe(before);
  });

  it('stay valid while the store is away, which is told once and at readiness', async () => {
    const { ring, away, advance, logged } = await start('ada');
    away(true);
    await advance(20_000);
    expect(ring.lookup('key of ada')).toBeDefined();
    expect(logged).toHaveLength(1);
    expect(ring.notReady()).toMatch(/keys could not be read for \d+ s/);
    away(false);
    await advance(4_000);
    expect(ring.notReady()).toBeUndefined();
  });

  it('are not begun without', async () => {
    const { clock } = manualClock();
    const read = () => Promise.reject(new Error('the store is away'));
    const logger = { info: () => {}, error: () => {} };
    const started = rereadKeyRing({ read, anonymous: undefined, clock, logger });
    await expect(started).rejects.toThrow('away');
  });

  it('are read no more after a stop', async () => {
    const { ring, reads, advance } = await start('ada');
    ring.stop();
    const before = reads();
    await advance(60_000);
    await quiet();
    expect(reads()).toBe(before);
  });

  it('are no failure when a stop ends the reading that runs', async () => {
    const { clock, advance } = manualClock();
    const logged: string[] = [];
    const reading = Promise.withResolvers<never>();
    let reads = 0;
    const ring = await rereadKeyRing({
      read: () => {
        reads += 1;
        return reads === 1 ? Promise.resolve(new Map()) : reading.promise;
      },
      anonymous: undefined,
      clock,
      logger: { info: () => {}, error: (message) => void logged.push(message) },
    });
    await advance(2_500);
    ring.stop();
    reading.reject(new Error('the client was closed'));
    await quiet();
    expect([reads, logged]).toEqual([2, []]);
  });
});
