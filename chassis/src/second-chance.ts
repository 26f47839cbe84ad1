/** Makes room in memory: what was used since the last look stays, once. */

export type Eviction<Item> = {
  /** Those looked at longest ago first. */
  readonly items: Iterable<Item>;
  /** At how many it looks at most: most of them may have to stay. */
  readonly looksMax: number;
  isFull(): boolean;
  /** Not yet written, for instance. */
  mustStay(item: Item): boolean;
  /** Puts it behind all others. */
  putLast(item: Item): void;
  forget(item: Item): void;
};

export function evict<Item extends { used: boolean }>(eviction: Eviction<Item>): void {
  const { items, looksMax, isFull, mustStay, putLast, forget } = eviction;
  let looks = 0;
  for (const item of items) {
    if (looks === looksMax || !isFull()) return;
    looks += 1;
    if (item.used || mustStay(item)) {
      item.used = false;
      putLast(item);
    } else forget(item);
  }
}
