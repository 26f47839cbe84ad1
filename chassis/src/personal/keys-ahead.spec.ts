import { describe, expect, it } from 'vitest';
import { keysAhead } from './keys-ahead.ts';

/** Keys that are durable when a test says so. */
function world() {
  const made = new Map<string, Uint8Array>();
  let hold: PromiseWithResolvers<void> | undefined;
  let failing = false;
  let creates = 0;
  let named = 0;
  const ahead = keysAhead({
    keys: {
      async create(subject) {
        creates += 1;
        await hold?.promise;
        if (failing) throw new Error('the store is away');
        const key = Uint8Array.of(made.size);
        made.set(subject, key);
        return key;
      },
    },
    newSubject: () => `subject-${named++}`,
  });
  return {
    ...{ ahead, made, creates: () => creates },
    hold: () => {
      hold = Promise.withResolvers();
      return hold.resolve;
    },
    fail: (isFailing: boolean) => {
      failing = isFailing;
    },
    settled: () => new Promise<void>((resolve) => setImmediate(resolve)),
  };
}

describe('keys ahead', () => {
  it('are each given to one only, and are durable when they are', async () => {
    const { ahead, made, settled } = world();
    const taken = [];
    for (let turn = 0; turn < 20; turn += 1) {
      taken.push(...(await Promise.all(Array.from({ length: 10 }, ahead.take))));
      for (const { subject, key } of taken) expect(made.get(subject)).toBe(key);
      await settled();
    }
    expect(new Set(taken.map(({ subject }) => subject)).size).toBe(200);
  });

  it('are made at the first need of one, so that who needs none makes none', async () => {
    const { ahead, creates } = world();
    expect(creates()).toBe(0);
    await ahead.take();
    expect(creates()).toBeGreaterThan(1);
  });

  it('let nobody wait while there are some', async () => {
    const { ahead, settled, hold } = world();
    await ahead.take();
    await settled();
    const letGo = hold();
    for (let taken = 0; taken < 32; taken += 1) await ahead.take();
    letGo();
  });

  it('are bounded, however many are taken', async () => {
    const { ahead, made, settled } = world();
    for (let taken = 0; taken < 1_000; taken += 1) {
      await ahead.take();
      if (taken % 50 === 0) await settled();
    }
    await settled();
    expect(made.size).toBeLessThanOrEqual(1_000 + 64);
  });

  it('are made by who needs one where none could be made ahead, who hears why not', async () => {
    const { ahead, fail, settled } = world();
    fail(true);
    await expect(ahead.take()).rejects.toThrow('the store is away');
    await settled();
    fail(false);
    await ahead.take();
  });
});
