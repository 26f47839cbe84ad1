/** Durations counted in buckets a few percent wide, so that millions cost no memory. */
export type Latencies = {
  note(ms: number): void;
  /** The duration that `share` of all stay below. */
  quantile(share: number): number;
  count(): number;
};

const leastMs = 0.001;
const growth = 1.02;
const bucketsCount = 1_000; // up to some 400 s

export function latencies(): Latencies {
  const buckets = new Uint32Array(bucketsCount);
  const widths = 1 / Math.log(growth);
  let count = 0;
  return {
    note(ms) {
      const bucket = Math.ceil(Math.log(Math.max(ms, leastMs) / leastMs) * widths);
      const at = Math.min(bucketsCount - 1, bucket);
      buckets[at] = (buckets[at] ?? 0) + 1;
      count += 1;
    },
    quantile(share) {
      let below = 0;
      for (const [bucket, noted] of buckets.entries()) {
        below += noted;
        if (below >= count * share) return leastMs * growth ** bucket;
      }
      return 0;
    },
    count: () => count,
  };
}
