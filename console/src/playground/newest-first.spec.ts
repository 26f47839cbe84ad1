import { describe, expect, it } from 'vitest';
import { newestFirst } from './newest-first.ts';

/** A stream that says these and then stays open, saying nothing, until it is ended. */
const openStream = (...said: readonly string[]): AsyncIterableIterator<string> => {
  const waiting = [...said];
  let end = () => {};
  const ended = new Promise<IteratorResult<string>>((resolve) => {
    end = () => resolve({ done: true, value: undefined });
  });
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      const value = waiting.shift();
      return value === undefined ? ended : { done: false, value };
    },
    async return() {
      end();
      return { done: true, value: undefined };
    },
  };
};

const asItIs = (failure: unknown) => failure;

describe('messages, newest first', () => {
  it('keeps the earlier ones in sight', async () => {
    const shown = newestFirst(openStream('snapshot', 'heartbeat'), asItIs);
    await shown.next();
    expect((await shown.next()).value).toEqual({
      received: 2,
      newestFirst: ['heartbeat', 'snapshot'],
    });
  });

  it('shows the last 20 of many', async () => {
    const shown = newestFirst(
      openStream(...Array.from({ length: 21 }, (_, place) => String(place))),
      asItIs,
    );
    for (let heard = 0; heard < 20; heard += 1) await shown.next();
    const { value } = await shown.next();
    expect(value.received).toBe(21);
    expect(value.newestFirst).toEqual(Array.from({ length: 20 }, (_, age) => String(20 - age)));
  });

  it('ends at once when it is stopped between two messages', async () => {
    const shown = newestFirst(openStream('snapshot'), asItIs);
    await shown.next();
    const next = shown.next();
    await shown.return?.();
    expect((await next).done).toBe(true);
  });

  it('says in words why it broke', async () => {
    const broken = openStream();
    broken.next = () => Promise.reject(new Error('1006'));
    const shown = newestFirst(broken, () => new Error('The socket was closed.'));
    await expect(shown.next()).rejects.toThrow('The socket was closed.');
  });
});
