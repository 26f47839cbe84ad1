/**
 * How the processes of one installation know each other: each call between them is signed with the
 * secret that they share (INTERFACE "Start and stop", `HOLDFAST_SECRET`), who asks included.
 */
import {
  createHmac,
  createSecretKey,
  type Hmac,
  type KeyObject,
  timingSafeEqual,
} from 'node:crypto';
import type { Caller, Role, Scope } from './caller.ts';

export const callerHeader = 'holdfast-caller';
export const timeHeader = 'holdfast-time';
export const signatureHeader = 'holdfast-signature';
export const afterHeader = 'holdfast-after';
export const traceHeader = 'x-request-id';
export const traceparentHeader = 'traceparent';

/**
 * On an answer: nothing was done that a repeat would do twice, so that the same call may be sent to
 * another process. `stopping`, `overloaded`; `elsewhere`: what it needs could not be reached from
 * there, and the answer stands when no other process has a better one.
 */
export const nothingDoneHeader = 'holdfast-nothing-done';

/** What is signed besides method, path and body; a header that is not sent counts as empty. */
const signedHeaders = [
  timeHeader,
  callerHeader,
  traceHeader,
  afterHeader,
  traceparentHeader,
  'content-type',
];

/** A signature is good for so long before and after it was made, by the hearer's clock. */
export const signatureLifetimeMs = 30_000;

export type SignedParts = {
  readonly method: string;
  readonly path: string;
  /** By lower-case name. Values without line breaks, which HTTP does not carry. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
  readonly body: string | Uint8Array;
};

export type SecretKey = KeyObject;

export const secretKey = (secret: string): SecretKey => createSecretKey(secret, 'utf8');

const hmacOf = ({ method, path, headers, body }: SignedParts, key: SecretKey): Hmac => {
  let head = `${method}\n${path}\n`;
  for (const name of signedHeaders) head += `${headers[name] ?? ''}\n`;
  const hmac = createHmac('sha256', key);
  // Each part that is added on its own costs as much as the hashing does.
  return typeof body === 'string' ? hmac.update(head + body) : hmac.update(head).update(body);
};

/** @returns what `holdfast-signature` says */
export const signatureOf = (parts: SignedParts, key: SecretKey): string =>
  hmacOf(parts, key).digest('base64url');

/** Whether a call can be good by its headers alone, before anything of its body is read. */
export const isTimely = (headers: SignedParts['headers'], nowMs: number): boolean => {
  const time = headers[timeHeader];
  if (typeof time !== 'string' || !/^\d{1,16}$/.test(time)) return false;
  if (typeof headers[signatureHeader] !== 'string') return false;
  return Math.abs(nowMs - Number(time)) <= signatureLifetimeMs;
};

/** Takes the same time wherever a wrong signature differs. */
export const isSigned = (parts: SignedParts, key: SecretKey): boolean => {
  const given = parts.headers[signatureHeader];
  if (typeof given !== 'string') return false;
  const wanted = hmacOf(parts, key).digest();
  const bytes = Buffer.from(given, 'base64url');
  return bytes.length === wanted.length && timingSafeEqual(bytes, wanted);
};

const allRoles: readonly Role[] = ['storefront', 'agent', 'partner', 'operator', 'service'];
const allScopes: readonly Scope[] = ['stock:read', 'stock:write', 'orders:read', 'orders:write'];
const roles: ReadonlySet<unknown> = new Set(allRoles);
const scopes: ReadonlySet<unknown> = new Set(allScopes);
const idLengthMax = 256;
const headerLengthMax = 2_048;

const written = new WeakMap<Caller, string>();

/** The text of `holdfast-caller`; a header has no room for every letter that JSON may have. */
export const callerText = (caller: Caller): string => {
  let text = written.get(caller);
  if (text === undefined) {
    const { role, id, scopes } = caller;
    text = Buffer.from(JSON.stringify({ role, id, scopes })).toString('base64url');
    written.set(caller, text);
  }
  return text;
};

const isCaller = (value: unknown): value is Caller => {
  if (typeof value !== 'object' || value === null) return false;
  const { role, id, scopes: held } = value as Partial<Record<keyof Caller, unknown>>;
  if (!roles.has(role)) return false;
  if (typeof id !== 'string' || id === '' || id.length > idLengthMax) return false;
  return Array.isArray(held) && held.every((scope) => scopes.has(scope));
};

/** @returns undefined for what is no caller */
export const parseCaller = (text: unknown): Caller | undefined => {
  if (typeof text !== 'string' || text.length > headerLengthMax) return undefined;
  let parsed: unknown;
  try {
    parsed = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
  } catch {
    return undefined; // No JSON, so no caller.
  }
  return isCaller(parsed)
    ? { role: parsed.role, id: parsed.id, scopes: [...parsed.scopes] }
    : undefined;
};
