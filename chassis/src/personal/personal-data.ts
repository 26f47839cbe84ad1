/**
 * Personal fields as events carry them: sealed with the subject's key (AES-256-GCM), as base64url
 * text.
 */
import { createCipheriv, createDecipheriv, createSecretKey, randomBytes } from 'node:crypto';
import type { PersonalKey, RandomBytes } from './personal-keys.ts';

const algorithm = 'aes-256-gcm';
// NIST SP 800-38D: 96 bits of nonce; random ones do not meet within the few values that one key
// seals.
const nonceBytes = 12;
const tagBytes = 16;
// To OpenSSL a key as bytes costs more than twice as much.
const keyObject = (key: PersonalKey) => createSecretKey(key);

/** The text was not sealed with this key, or was changed since. */
export class NotSealedWithKey extends Error {
  override readonly name = 'NotSealedWithKey';
}

/** @returns nonce, ciphertext and tag, one after the other */
export function encryptPersonal(
  key: PersonalKey,
  text: string,
  random: RandomBytes = randomBytes,
): string {
  const nonce = random(nonceBytes);
  const cipher = createCipheriv(algorithm, keyObject(key), nonce);
  const sealed = [nonce, cipher.update(text, 'utf8'), cipher.final(), cipher.getAuthTag()];
  return Buffer.concat(sealed).toString('base64url');
}

/** @throws NotSealedWithKey */
export function decryptPersonal(key: PersonalKey, sealed: string): string {
  const bytes = Buffer.from(sealed, 'base64url');
  try {
    const nonce = bytes.subarray(0, nonceBytes);
    const decipher = createDecipheriv(algorithm, keyObject(key), nonce, {
      authTagLength: tagBytes,
    });
    decipher.setAuthTag(bytes.subarray(-tagBytes));
    const text = decipher.update(bytes.subarray(nonceBytes, -tagBytes));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  } catch (cause) {
    throw new NotSealedWithKey('sealed with another key, or changed since', { cause });
  }
}
