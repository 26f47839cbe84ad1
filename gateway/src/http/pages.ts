/** Everything that is served and is not GraphQL: the console's pages, health, metrics. */
import type { ServerResponse } from 'node:http';
import type { MetricsRegistry } from '../metrics/registry.ts';
import type { StaticFile, StaticFiles } from './static-files.ts';

/**
 * Nothing from elsewhere; what is inline is GraphiQL's styles, and its editor's workers and icons.
 */
const contentSecurityPolicy = [
  "default-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self' data:",
  "worker-src 'self' blob:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const textType = 'text/plain; charset=utf-8';
const jsonType = 'application/json; charset=utf-8';

type Headers = Readonly<Record<string, string>>;

const write = (
  response: ServerResponse,
  status: number,
  body: string | Buffer,
  headers: Headers,
): void => {
  response.writeHead(status, {
    'content-length': Buffer.byteLength(body),
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-store',
    ...headers,
  });
  // Node leaves the body of an answer to HEAD away by itself.
  response.end(body);
};

const writeFile = (response: ServerResponse, file: StaticFile): void =>
  write(response, 200, file.read(), {
    'content-type': file.contentType,
    'cache-control': file.cacheControl,
    'content-security-policy': contentSecurityPolicy,
    'referrer-policy': 'no-referrer',
  });

/** Served where the console is not built. */
const bareFirstPage = `<!doctype html><html lang="en"><meta charset="utf-8"><title>Holdfast</title>
<h1>Holdfast</h1><p>The console is not built here. GraphQL answers at <code>/graphql</code>.</p>
<ul><li><a href="/readyz">readiness</a></li><li><a href="/metrics">metrics</a></li></ul></html>
`;

export type PagesOptions = {
  readonly files: StaticFiles;
  readonly registry: MetricsRegistry;
  readonly measuredElsewhere: (() => Promise<string>) | undefined;
  readonly version: string;
  /** Reasons; none when ready. */
  notReady(): readonly string[];
};

export type Pages = (path: string, response: ServerResponse) => Promise<void>;

export const createPages =
  ({ files, registry, measuredElsewhere, version, notReady }: PagesOptions): Pages =>
  async (path, response) => {
    const file = files(path);
    if (file !== undefined) return writeFile(response, file);
    if (path === '/livez') return write(response, 200, 'alive\n', { 'content-type': textType });
    if (path === '/readyz') {
      const reasons = notReady();
      const body = JSON.stringify({ ready: reasons.length === 0, version, reasons });
      const status = reasons.length === 0 ? 200 : 503;
      return write(response, status, `${body}\n`, { 'content-type': jsonType });
    }
    if (path === '/metrics') {
      const others = (await measuredElsewhere?.()) ?? '';
      return write(response, 200, others + (await registry.metrics()), {
        'content-type': registry.contentType,
      });
    }
    if (path === '/') {
      return write(response, 200, bareFirstPage, { 'content-type': 'text/html; charset=utf-8' });
    }
    write(response, 404, 'Nothing is here.\n', { 'content-type': textType });
  };
