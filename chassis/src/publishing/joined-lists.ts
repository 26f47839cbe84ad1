/** Lists that several hand over at about the same time, sent as one. */
import type { Clock } from '../clock.ts';

type Waiting<Item> = {
  readonly items: readonly Item[];
  readonly resolve: () => void;
  readonly reject: (failure: unknown) => void;
};

/** Timers that are due together do not wake in quite the same moment. */
const joinMs = 5;

/**
 * @param most items sent as one; a single list may be longer
 * @returns hands over a list, never divided; settles as what it was sent with does
 */
export function joinedLists<Item>(
  clock: Clock,
  most: number,
  send: (items: readonly Item[]) => Promise<void>,
): (items: readonly Item[]) => Promise<void> {
  let waiting: Waiting<Item>[] = [];

  const sendSome = async (some: readonly Waiting<Item>[]) => {
    try {
      await send(some.flatMap(({ items }) => items));
      for (const { resolve } of some) resolve();
    } catch (failure) {
      for (const { reject } of some) reject(failure);
    }
  };
  const sendAll = () => {
    let some: Waiting<Item>[] = [];
    let count = 0;
    for (const one of waiting) {
      if (some.length > 0 && count + one.items.length > most) {
        void sendSome(some);
        [some, count] = [[], 0];
      }
      some.push(one);
      count += one.items.length;
    }
    waiting = [];
    void sendSome(some);
  };

  return (items) =>
    new Promise((resolve, reject) => {
      if (waiting.length === 0) clock.after(joinMs, sendAll);
      waiting.push({ items, resolve, reject });
    });
}
