/**
 * What is due, soonest first. Each step of a simulation comes through here, so it compares one
 * number and calls nobody back.
 */

/** Below the moment in a key; more than are ever waited for in one run. */
const ordersMax = 2 ** 26;
const keyMax = Number.MAX_SAFE_INTEGER;

export type Due = {
  readonly at: number;
  readonly order: number;
  /** By moment, and of the same moment by order. */
  readonly key: number;
  run: (() => void) | undefined;
};

export type DueHeap = {
  push(due: Due): void;
  pop(): Due | undefined;
};

/** @throws when there are no keys so large */
export function dueAt(at: number, order: number, run: () => void): Due {
  const key = at * ordersMax + order;
  if (order >= ordersMax || key > keyMax) throw new Error(`no key for ${order} at ${at} ms`);
  return { at, order, key, run };
}

export function dueHeap(): DueHeap {
  const items: Due[] = [];

  /** From `hole` up to where it belongs. */
  const raise = (due: Due, hole: number) => {
    let at = hole;
    while (at > 0) {
      const above = (at - 1) >> 1;
      const parent = items[above]!;
      if (parent.key <= due.key) break;
      items[at] = parent;
      at = above;
    }
    items[at] = due;
  };

  /** The soonest of those below the first, moved up one by one until there is none. */
  const fillFirst = (): number => {
    const { length } = items;
    let hole = 0;
    for (let below = 1; below < length; below = 2 * hole + 1) {
      const right = below + 1;
      const least = right < length && items[right]!.key < items[below]!.key ? right : below;
      items[hole] = items[least]!;
      hole = least;
    }
    return hole;
  };

  return {
    push(due) {
      items.push(due);
      raise(due, items.length - 1);
    },
    pop() {
      const first = items[0];
      const last = items.pop();
      if (last !== undefined && items.length > 0) raise(last, fillFirst());
      return first;
    },
  };
}
