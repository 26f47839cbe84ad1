import { describe, expect, it } from 'vitest';
import type { Caller } from './caller.ts';
import {
  callerText,
  isSigned,
  isTimely,
  parseCaller,
  type SignedParts,
  secretKey,
  signatureLifetimeMs,
  signatureOf,
} from './signed-call.ts';

const key = secretKey('a secret of at least thirty-two characters');
const partner: Caller = { role: 'partner', id: 'partner:müller', scopes: ['stock:read'] };
const now = 1_800_000_000_000;

const parts: SignedParts = {
  method: 'POST',
  path: '/graphql',
  headers: {
    'holdfast-time': String(now),
    'holdfast-caller': callerText(partner),
    'x-request-id': 'trace-1',
    'holdfast-after': 'epoch.7',
    'content-type': 'application/json',
  },
  body: '{"query":"{ größe }"}',
};

const signed = (given: SignedParts = parts): SignedParts => ({
  ...given,
  headers: { ...given.headers, 'holdfast-signature': signatureOf(given, key) },
});

describe('a signed call', () => {
  it('is known by who has the secret, as text and as bytes', () => {
    expect(isSigned(signed(), key)).toBe(true);
    expect(isSigned({ ...signed(), body: Buffer.from(String(parts.body)) }, key)).toBe(true);
  });

  it('is not known under another secret', () => {
    expect(isSigned(signed(), secretKey('another secret of thirty-two characters'))).toBe(false);
  });

  const header = (name: string, value: string | undefined) => ({
    headers: { ...signed().headers, [name]: value },
  });

  it.each([
    ['method', { method: 'GET' }],
    ['path', { path: '/graphql/stream' }],
    ['body', { body: '{"query":"{ grosse }"}' }],
    ['time', header('holdfast-time', String(now + 1))],
    ['caller', header('holdfast-caller', callerText({ ...partner, role: 'operator' }))],
    ['trace', header('x-request-id', 'trace-2')],
    ['cursor', header('holdfast-after', undefined)],
    ['trace of another', header('traceparent', '00-1')],
    ['signature', header('holdfast-signature', `${signatureOf(parts, key)}A`)],
    ['cut signature', header('holdfast-signature', signatureOf(parts, key).slice(0, 20))],
    ['no signature', header('holdfast-signature', undefined)],
  ])('is not known with another %s', (_, changed) => {
    expect(isSigned({ ...signed(), ...changed }, key)).toBe(false);
  });

  it('is good for half a minute before and after it was made', () => {
    const { headers } = signed();
    for (const off of [-signatureLifetimeMs, 0, signatureLifetimeMs]) {
      expect(isTimely(headers, now + off)).toBe(true);
    }
    expect(isTimely(headers, now + signatureLifetimeMs + 1)).toBe(false);
    expect(isTimely(headers, now - signatureLifetimeMs - 1)).toBe(false);
  });

  it.each(['', '1e3', '-1', '99999999999999999', undefined])('has no time in %j', (time) => {
    expect(isTimely({ ...signed().headers, 'holdfast-time': time }, now)).toBe(false);
  });
});

describe('a caller in a header', () => {
  it('is the same on the other side', () => {
    expect(parseCaller(callerText(partner))).toEqual(partner);
    expect(callerText(partner)).toMatch(/^[\w-]+$/);
  });

  const text = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
  it.each([
    undefined,
    '',
    'no caller',
    text(null),
    text({ ...partner, role: 'root' }),
    text({ ...partner, id: '' }),
    text({ ...partner, id: 'x'.repeat(257) }),
    text({ ...partner, scopes: ['all'] }),
    text({ ...partner, scopes: 'stock:read' }),
    text({ ...partner, id: 'x'.repeat(4_000) }),
  ])('is none: %j', (given) => {
    expect(parseCaller(given)).toBeUndefined();
  });
});
