import { beforeEach, describe, expect, it } from 'vitest';
import { type PublishWindow, publishWindow, WindowAborted } from './publish-window.ts';

describe('a window', () => {
  let through: PublishWindow;
  let sent: number[];
  let settle: Map<number, { resolve(): void; reject(failure: Error): void }>;
  beforeEach(() => {
    through = publishWindow(2);
    sent = [];
    settle = new Map();
  });
  const send = (number: number) => {
    const call = () =>
      new Promise<number>((resolve, reject) => {
        sent.push(number);
        settle.set(number, { resolve: () => resolve(number), reject });
      });
    return through(call).catch((failure: unknown) => failure);
  };
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  it('lets so many be under way, and the next one in its turn', async () => {
    const all = [1, 2, 3, 4].map(send);
    expect(sent).toEqual([1, 2]);
    settle.get(2)?.resolve();
    await turn();
    expect(sent).toEqual([1, 2, 3]);
    for (const number of [1, 3]) settle.get(number)?.resolve();
    await turn();
    settle.get(4)?.resolve();
    expect(await Promise.all(all)).toEqual([1, 2, 3, 4]);
  });

  it('fails those that wait when one fails, and sends none of them', async () => {
    const all = [1, 2, 3, 4].map(send);
    settle.get(1)?.reject(new Error('lost'));
    await turn();
    settle.get(2)?.resolve();
    const [first, second, ...rest] = await Promise.all(all);
    expect([String(first), second]).toEqual(['Error: lost', 2]);
    for (const failure of rest) expect(failure).toBeInstanceOf(WindowAborted);
    expect(sent).toEqual([1, 2]);
    void send(5);
    expect(sent).toEqual([1, 2, 5]);
  });
});
