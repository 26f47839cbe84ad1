/** A queue that always gives its smallest. */
export type BinaryHeap<Item> = {
  push(item: Item): void;
  pop(): Item | undefined;
  peek(): Item | undefined;
  clear(): void;
  readonly size: number;
};

export function binaryHeap<Item>(compare: (a: Item, b: Item) => number): BinaryHeap<Item> {
  const items: Item[] = [];

  const swapUp = (start: number) => {
    let at = start;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (compare(items[at]!, items[parent]!) >= 0) return;
      [items[at], items[parent]] = [items[parent]!, items[at]!];
      at = parent;
    }
  };

  const swapDown = () => {
    for (let at = 0; ; ) {
      let least = at;
      for (const child of [2 * at + 1, 2 * at + 2]) {
        if (child < items.length && compare(items[child]!, items[least]!) < 0) least = child;
      }
      if (least === at) return;
      [items[at], items[least]] = [items[least]!, items[at]!];
      at = least;
    }
  };

  return {
    push(item) {
      items.push(item);
      swapUp(items.length - 1);
    },
    pop() {
      const first = items[0];
      const last = items.pop();
      if (items.length > 0 && last !== undefined) {
        items[0] = last;
        swapDown();
      }
      return first;
    },
    peek: () => items[0],
    clear() {
      items.length = 0;
    },
    get size() {
      return items.length;
    },
  };
}
