/**
 * Up to which place on the bus everything has been handed over: the last that came, or the one
 * before the first that still waits.
 */
import type { BusPlace } from './bus.ts';

export type BusPlaces = {
  /** Everything up to here was handed over before. */
  begins(place: BusPlace): void;
  came(place: BusPlace): void;
  /** Handed over, or needless. */
  settled(place: BusPlace): void;
  included(): BusPlace | undefined;
};

export function busPlaces(): BusPlaces {
  let epoch: string | undefined;
  let last = 0;
  const waiting = new Set<number>();

  const reach = (place: BusPlace) => {
    if (place.epoch !== epoch) {
      // Another stream: its places say nothing about those of the one before.
      epoch = place.epoch;
      last = 0;
      waiting.clear();
    }
    last = Math.max(last, place.sequence);
  };

  return {
    begins: reach,
    came(place) {
      reach(place);
      waiting.add(place.sequence);
    },
    settled(place) {
      if (place.epoch === epoch) waiting.delete(place.sequence);
    },
    included() {
      if (epoch === undefined) return undefined;
      // As many wait as a consumer may have pending, and nearly always none or one.
      let first = last + 1;
      for (const sequence of waiting) first = Math.min(first, sequence);
      return { epoch, sequence: first - 1 };
    },
  };
}
