/**
 * How long a kind of operation takes while nobody waits for others: what is late is told by that,
 * for a cart of fifty SKUs may take fifty times as long as one of one.
 */
import type { PreparedOperation } from '../execution/federation.ts';

export type Variables = Readonly<Record<string, unknown>>;

export type UsualTime = {
  /** Undefined before enough is known. */
  ms(): number | undefined;
  /** @param nowMs of a clock that never goes back */
  note(tookMs: number, nowMs: number): void;
};

export type UsualTimes = {
  of(prepared: PreparedOperation, variables: Variables | undefined): UsualTime;
};

/**
 * A fifth of all answers is quicker: one that is quicker moves it four times as far as one that is
 * not. With a sample each tenth of a second it takes a quarter of a minute to double, so a rush is
 * not taken for what is usual.
 */
const downBy = 0.98;
const upBy = 1.005;
const sampleEveryMs = 100;
const samplesMin = 10;

function usualTime(): UsualTime {
  let ms = 0;
  let samples = 0;
  let sampledAt = Number.NEGATIVE_INFINITY;
  return {
    ms: () => (samples < samplesMin ? undefined : ms),
    note(tookMs, nowMs) {
      if (nowMs - sampledAt < sampleEveryMs) return;
      sampledAt = nowMs;
      if (samples < samplesMin) ms += (tookMs - ms) / (samples + 1);
      else ms *= tookMs > ms ? upBy : downBy;
      samples += 1;
    },
  };
}

/** How many things the variables list, e.g. lines of `input`. */
function listedIn(variables: Variables = {}): number {
  const { input } = variables;
  const inInput = typeof input === 'object' && input !== null ? Object.values(input) : [];
  const lists = [...Object.values(variables), ...inInput].filter((value) => Array.isArray(value));
  return lists.reduce((listed, list) => listed + list.length, 0);
}

/** Each doubling is a kind of its own. */
const sizeOf = (listed: number) => Math.ceil(Math.log2(listed + 1));

/** Forgets with the operation: how many are prepared is bounded. */
export function usualTimes(): UsualTimes {
  const byOperation = new WeakMap<PreparedOperation, Map<number, UsualTime>>();
  return {
    of(prepared, variables) {
      const bySize = byOperation.get(prepared) ?? new Map<number, UsualTime>();
      byOperation.set(prepared, bySize);
      const size = sizeOf(listedIn(variables));
      const usual = bySize.get(size) ?? usualTime();
      bySize.set(size, usual);
      return usual;
    },
  };
}
