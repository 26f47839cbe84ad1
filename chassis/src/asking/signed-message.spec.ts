import { describe, expect, it } from 'vitest';
import { scriptedClock } from '../scripted-clock.ts';
import { messageSigner, signedForMs } from './signed-message.ts';

const secret = 'a secret of at least 32 characters';
const body = Buffer.from('reserve 3');

describe('a signed message', () => {
  it('is known for what it says, about what it says', () => {
    const signer = messageSigner(secret, scriptedClock());
    const signature = signer.sign('lane 7', body);
    expect(signer.verifies('lane 7', body, signature)).toBe(true);
    expect(signer.verifies('lane 8', body, signature)).toBe(false);
    expect(signer.verifies('lane 7', Buffer.from('reserve 4'), signature)).toBe(false);
    expect(signer.verifies('lane 7', body, { ...signature, at: signature.at + 1 })).toBe(false);
    expect(signer.verifies('lane 7\nres', Buffer.from('erve 3'), signature)).toBe(false);
  });

  it('is nothing without its signature, or with half of one', () => {
    const signer = messageSigner(secret, scriptedClock());
    const { at, hmac } = signer.sign('lane 7', body);
    for (const part of [{}, { at }, { hmac }, { at: Number.NaN, hmac }, { at, hmac: '' }]) {
      expect(signer.verifies('lane 7', body, part)).toBe(false);
    }
    expect(signer.verifies('lane 7', body, { at, hmac: hmac.slice(0, 10) })).toBe(false);
  });

  it('is too old after half a minute, and too new before', () => {
    const clock = scriptedClock();
    const signer = messageSigner(secret, clock);
    const signature = signer.sign('lane 7', body);
    clock.step(signedForMs);
    expect(signer.verifies('lane 7', body, signature)).toBe(true);
    clock.step(1);
    expect(signer.verifies('lane 7', body, signature)).toBe(false);
    clock.step(-2 * signedForMs - 2);
    expect(signer.verifies('lane 7', body, signature)).toBe(false);
  });

  it('is not believed under another secret', () => {
    const clock = scriptedClock();
    const signature = messageSigner(secret, clock).sign('lane 7', body);
    const other = messageSigner(secret.replace('a', 'b'), clock);
    expect(other.verifies('lane 7', body, signature)).toBe(false);
    expect(() => messageSigner('x'.repeat(31), clock)).toThrow(/at least 32 characters/);
  });
});
