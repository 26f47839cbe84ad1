/**
 * Money is whole minor units of one ISO 4217 currency; there is no arithmetic with fractions
 * anywhere.
 */
export type Money = { readonly amount: number; readonly currency: string };

const currencyShape = /^[A-Z]{3}$/;

/** Not negative, below 2^53, with a currency of three capital letters; otherwise undefined. */
export const parseMoney = (amount: number, currency: string): Money | undefined =>
  Number.isSafeInteger(amount) && amount >= 0 && currencyShape.test(currency)
    ? { amount, currency }
    : undefined;
