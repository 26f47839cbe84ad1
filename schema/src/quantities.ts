/** Whole stocking units. Every figure of stock is one of these; fractions do not exist. */
declare const brand: unique symbol;
export type Units = number & { readonly [brand]: 'Units' };

/** INTERFACE "quantities": the largest quantity that a request may name. */
export const requestedUnitsMax = 1_000_000_000;
/** The largest figure that a position may reach and an answer may show: GraphQL's Int. */
export const positionUnitsMax = 2 ** 31 - 1;

/** Whole and from 1 to `requestedUnitsMax`; otherwise undefined. */
export const parseUnits = (value: number): Units | undefined =>
  Number.isSafeInteger(value) && value >= 1 && value <= requestedUnitsMax
    ? (value as Units)
    : undefined;

/** Whole and from 0 to `requestedUnitsMax`; otherwise undefined. */
export const parseUnitsOrZero = (value: number): Units | undefined =>
  value === 0 ? (0 as Units) : parseUnits(value);

/** A quantity that a program is sure of, as in tests and folds. */
export const units = (value: number): Units => {
  if (!Number.isSafeInteger(value) || value < 0) throw new Error(`not units: ${value}`);
  return value as Units;
};

/** Sums in answers stop at GraphQL's Int; the sum behind them does not. */
export const shownUnits = (value: number): number => Math.min(value, positionUnitsMax);

/** Where stock is in its life: only `SELLABLE` can be promised (DESIGN 4). */
export const stockConditions = [
  'SELLABLE',
  'QUALITY_INSPECTION',
  'RETURN_PENDING',
  'DAMAGED',
  'BLOCKED',
  'EXPIRED',
  'UNKNOWN',
] as const;
export type StockCondition = (typeof stockConditions)[number];
