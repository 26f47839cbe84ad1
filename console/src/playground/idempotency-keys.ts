import { freshUuid } from '../fresh-uuid.ts';

/** Marks keys that this page made, so that it renews those and never one that the visitor typed. */
const madeHere = /playground-[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/g;

export const freshIdempotencyKey = () => `playground-${freshUuid()}`;

/** The same text with each key that this page made replaced by a new one. */
export const withFreshIdempotencyKeys = (text: string) =>
  text.replace(madeHere, freshIdempotencyKey);
