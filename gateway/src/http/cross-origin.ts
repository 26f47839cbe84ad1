/**
 * Which pages may call the gateway from a browser: all of them. Storefronts are served from origins that nobody
 * lists here, a storefront key is public, and no cookie or other credential of a browser is ever looked at, so
 * that a foreign page can do nothing that a foreign program could not.
 */
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

/** In pairs of name and value, as `writeHead` takes them. */
export const crossOriginHeaders: readonly string[] = [
  'access-control-allow-origin',
  '*',
  'access-control-expose-headers',
  exposedHeaders.join(', '),
];

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
