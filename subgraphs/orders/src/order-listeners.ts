/** Who wants to know that an order has changed. They are told that, not how: the lane says how. */
import type { Commit } from '@holdfast/chassis/commit';
import { idOfStream, prefixOfStream } from '@holdfast/chassis/stream-kind';
import { orders } from './streams.ts';

export type OrderListeners = {
  /** @returns stops listening */
  listen(order: string, changed: () => void): () => void;
  tell(order: string): void;
  /** Tells of every order that a commit has changed. */
  tellOf(commit: Commit): void;
  count(): number;
};

export function orderListeners(): OrderListeners {
  const listeners = new Map<string, Set<() => void>>();

  const tell = (order: string) => {
    for (const changed of listeners.get(order) ?? []) changed();
  };

  return {
    listen(order, changed) {
      const known = listeners.get(order) ?? new Set();
      listeners.set(order, known.add(changed));
      return () => {
        known.delete(changed);
        if (known.size === 0 && listeners.get(order) === known) listeners.delete(order);
      };
    },
    tell,
    tellOf(commit) {
      if (listeners.size === 0) return;
      for (const { stream, events } of commit.entries) {
        if (events.length > 0 && prefixOfStream(stream) === orders.prefix) tell(idOfStream(stream));
      }
    },
    count: () => listeners.size,
  };
}
