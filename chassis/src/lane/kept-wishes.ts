/** Who wants to be woken when, in memory: each stream's newest wish. */
import { binaryHeap } from '../binary-heap.ts';
import type { Instant } from '../clock.ts';
import type { Due } from '../rows/lane-rows.ts';

export type KeptWishes = {
  readonly size: number;
  get(stream: string): Instant | undefined;
  set(stream: string, due: Instant): void;
  delete(stream: string): void;
  /** No wish comes before this; undefined: there is none. */
  soonest(): Instant | undefined;
  /** Streams that are due by now, the soonest first: they wish for `again` from then on. */
  take(now: Instant, most: number, again: Instant): readonly string[];
  clear(): void;
};

/** Of older wishes, beside as many as there are newer ones. */
const outdatedMax = 1_000;

export function keptWishes(): KeptWishes {
  const wanted = new Map<string, Instant>();
  // Older wishes of the same streams stay in it until they come up.
  const soon = binaryHeap<Due>((a, b) => a.due - b.due);

  const forgetOutdated = () => {
    if (soon.size <= 2 * wanted.size + outdatedMax) return;
    soon.clear();
    for (const [stream, due] of wanted) soon.push({ stream, due });
  };
  const set = (stream: string, due: Instant) => {
    if (wanted.get(stream) === due) return;
    wanted.set(stream, due);
    soon.push({ stream, due });
    forgetOutdated();
  };

  return {
    get size() {
      return wanted.size;
    },
    get: (stream) => wanted.get(stream),
    set,
    delete: (stream) => void wanted.delete(stream),
    soonest: () => soon.peek()?.due,
    take(now, most, again) {
      const taken: string[] = [];
      for (let next = soon.peek(); next && next.due <= now; next = soon.peek()) {
        if (taken.length === most) break;
        soon.pop();
        if (wanted.get(next.stream) !== next.due) continue;
        taken.push(next.stream);
        set(next.stream, again);
      }
      return taken;
    },
    clear() {
      wanted.clear();
      soon.clear();
    },
  };
}
