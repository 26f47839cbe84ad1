/** Invariants of RELIABILITY 5.1, in words, and what was found against them. */
export const invariants = {
  I1: 'no commit promises more than was free before it',
  I2: 'no unit is lost or made: stock, holds and claims say the same',
  I3: 'versions are dense, each follows the hash of the one before',
  I4: 'every command has one effect and one answer, and what was acknowledged is in the log',
  I5: 'what was answered before a command was sent is before it in the log',
  I6: 'what is shown is the fold of the log',
  I7: 'every order has ended or goes on by itself, each step with its reason',
  I8: 'what is published is the log: each commit, in order, unchanged',
  I10: 'a hold ends at its time, not before and not after; an order that has its units keeps them',
  I11: 'what one context asks of another is heard and answered, once',
  availability: 'every request is answered in the end, and nothing fails without a fault',
  determinism: 'the same seed is the same run',
} as const;

export type Invariant = keyof typeof invariants;

export type Finding = { readonly invariant: Invariant; readonly words: string };
