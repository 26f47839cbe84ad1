/**
 * Which pages may call the gateway from a browser: all of them. Storefronts are served from origins
 * that nobody lists here, a storefront key is public, and no cookie or other credential of a
 * browser is ever looked at, so that a foreign page can do nothing that a foreign program could
 * not.
 */
import type { IncomingMessage } from 'node:http';

const allowedHeaders = [
  'authorization',
  'content-type',
  'holdfast-after',
  'x-request-id',
  'last-event-id',
  'cache-control',
];
const exposedHeaders = ['x-request-id', 'retry-after'];
const preflightSeconds = 86_400; // browsers cap it themselves

const sharedHeaders: readonly string[] = [
  'access-control-allow-origin',
  '*',
  'access-control-expose-headers',
  exposedHeaders.join(', '),
];

const none: readonly string[] = [];

/**
 * In pairs of name and value, as `writeHead` takes them; none for a program, which sends no origin.
 */
export const crossOriginHeaders = ({ headers }: IncomingMessage): readonly string[] =>
  headers.origin === undefined ? none : sharedHeaders;

export const preflightHeaders: readonly string[] = [
  'access-control-allow-origin',
  '*',
  'access-control-allow-methods',
  'GET, POST',
  'access-control-allow-headers',
  allowedHeaders.join(', '),
  'access-control-max-age',
  String(preflightSeconds),
  'content-length',
  '0',
];
