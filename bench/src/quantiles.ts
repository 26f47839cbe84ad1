/** Ascending; a copy. */
const sorted = (values: readonly number[]) => Float64Array.from(values).sort();

/** The value below which `share` of all lie; 0 of none. */
export function quantileOf(values: readonly number[], share: number): number {
  const ascending = sorted(values);
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? 0;
}

export const medianOf = (values: readonly number[]): number => quantileOf(values, 0.5);
