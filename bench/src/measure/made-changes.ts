/** Changes that were sent, each of one unit more: a badge's quantity says which one it shows. */
export type Change = {
  /** Of idempotency. */
  readonly key: string;
  readonly sentAt: number;
  answeredAt: number | undefined;
};

export type MadeChanges = {
  /** What a SKU has before anything is made. */
  begin(sku: string, units: number): void;
  make(sku: string, sentAt: number): Change;
  /** The one that made it so many units. */
  of(sku: string, units: string): Change | undefined;
};

/** @param prefix of keys that nobody else uses */
export function madeChanges(prefix: string): MadeChanges {
  const unitsOf = new Map<string, number>();
  const made = new Map<string, Change>();
  return {
    begin: (sku, units) => void unitsOf.set(sku, units),
    make(sku, sentAt) {
      const units = (unitsOf.get(sku) ?? Number.NaN) + 1;
      unitsOf.set(sku, units);
      const change = { key: `${prefix}-${made.size + 1}`, sentAt, answeredAt: undefined };
      made.set(`${sku} ${units}`, change);
      return change;
    },
    of: (sku, units) => made.get(`${sku} ${units}`),
  };
}
