/** Shared events that wait for one client, and which of them may go. */
import type { Entry, LiveEvent } from './entry.ts';

type Slot = Entry | LiveEvent;

/**
 * Up to which position events may be sent. Not beyond what has come and is not offered yet, or is
 * missing while an upstream recovers: a client resumes after the last cursor that it saw.
 */
const barrier = (entries: readonly Entry[]): number => {
  let below = Number.POSITIVE_INFINITY;
  for (const { batch, executing, stagedFrom } of entries) {
    if (!batch.live) return Number.NEGATIVE_INFINITY;
    if (executing !== undefined) below = Math.min(below, executing.cursor.position - 1);
    if (stagedFrom !== undefined) below = Math.min(below, stagedFrom - 1);
  }
  return below;
};

export class SharedQueue {
  readonly #keepsNewest: boolean;
  readonly #slots = new Map<Slot, LiveEvent>();

  constructor(keepsNewest: boolean) {
    this.#keepsNewest = keepsNewest;
  }

  get size(): number {
    return this.#slots.size;
  }

  /** @returns true when it takes the place of an older event */
  put(event: LiveEvent): boolean {
    const slot = this.#slotOf(event);
    const conflated = this.#slots.delete(slot);
    this.#slots.set(slot, event);
    return conflated;
  }

  remove(event: LiveEvent): void {
    this.#slots.delete(this.#slotOf(event));
  }

  keepOnly(wanted: (event: LiveEvent) => boolean): void {
    for (const [slot, event] of this.#slots) {
      if (!wanted(event)) this.#slots.delete(slot);
    }
  }

  clear(): void {
    this.#slots.clear();
  }

  /** What may be sent now, in the order of positions. */
  due(entries: readonly Entry[]): readonly LiveEvent[] {
    const ceiling = barrier(entries);
    return [...this.#slots.values()]
      .filter(({ cursor }) => cursor.position <= ceiling)
      .sort((one, other) => one.cursor.position - other.cursor.position);
  }

  #slotOf(event: LiveEvent): Slot {
    return this.#keepsNewest ? event.entry : event;
  }
}
