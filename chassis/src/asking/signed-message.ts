/**
 * Messages between our own processes over a bus that others may reach: signed with the secret that
 * they share, and soon too old to be played again.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { Clock, Instant } from '../clock.ts';

export type Signature = { readonly at: Instant; readonly hmac: string };

export type MessageSigner = {
  /** @param about what the body is for, so that it cannot be taken for something else */
  sign(about: string, body: Uint8Array): Signature;
  /** False for what we did not sign, or not within the last half minute. */
  verifies(about: string, body: Uint8Array, signature: Partial<Signature>): boolean;
};

export const secretCharactersMin = 32;
/** Longer than a request may take, and machines' clocks differ. */
export const signedForMs = 30_000;

/** @throws Error when the secret is too short */
export function messageSigner(secret: string, clock: Clock): MessageSigner {
  if (secret.length < secretCharactersMin) {
    throw new Error(`Set HOLDFAST_SECRET to at least ${secretCharactersMin} characters.`);
  }
  const hmacOf = (about: string, at: Instant, body: Uint8Array) =>
    createHmac('sha256', secret).update(`${at}\n${about.length}\n${about}\n`).update(body).digest();
  return {
    sign(about, body) {
      const at = clock.now();
      return { at, hmac: hmacOf(about, at, body).toString('base64url') };
    },
    verifies(about, body, { at, hmac = '' }) {
      if (at === undefined || !Number.isSafeInteger(at)) return false;
      if (Math.abs(clock.now() - at) > signedForMs) return false;
      const expected = hmacOf(about, at, body);
      const given = Buffer.from(hmac, 'base64url');
      return given.length === expected.length && timingSafeEqual(given, expected);
    },
  };
}
