/** Draws that look random and are the same for the same seed. */
export type Random = {
  /** From 0, below 1. */
  next(): number;
  /** Whole, from `least` to `most`. */
  between(least: number, most: number): number;
  chance(probability: number): boolean;
  /** @throws when there is nothing to pick from */
  pick<Item>(items: readonly Item[]): Item;
  /** The items in another order. */
  shuffled<Item>(items: readonly Item[]): Item[];
};

const twoTo32 = 2 ** 32;

/** mulberry32: 32 bits of state, a full period, and good enough to find bugs with. */
export function seededRandom(seed: number): Random {
  // Neighboring seeds begin far apart.
  let state = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) >>> 0;

  const next = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / twoTo32;
  };
  const between = (least: number, most: number) => least + Math.floor(next() * (most - least + 1));

  return {
    next,
    between,
    // A fault that is switched off draws nothing.
    chance: (probability) => probability > 0 && next() < probability,
    pick(items) {
      const picked = items[between(0, items.length - 1)];
      if (picked === undefined) throw new Error('there is nothing to pick from');
      return picked;
    },
    shuffled(items) {
      const rest = [...items];
      const mixed: typeof rest = [];
      while (rest.length > 0) mixed.push(...rest.splice(between(0, rest.length - 1), 1));
      return mixed;
    },
  };
}
