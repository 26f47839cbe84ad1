/**
 * The console's built files, as they were when the gateway started: a path that is not among them
 * is not found.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { extname, join, relative, sep } from 'node:path';

export type StaticFile = {
  readonly contentType: string;
  readonly cacheControl: string;
  read(): Buffer;
};

export type StaticFiles = (path: string) => StaticFile | undefined;

const contentTypes: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.ico': 'image/x-icon',
  '.ttf': 'font/ttf',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain; charset=utf-8',
};

/** Vite names what is under assets/ by its content. */
const cacheControlOf = (path: string): string =>
  path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache';

const listFiles = (folder: string): string[] => {
  try {
    return readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name));
  } catch {
    return []; // Not built: the gateway serves GraphQL without it.
  }
};

/** @param folder undefined where nothing is served */
export const openStaticFiles = (folder: string | undefined): StaticFiles => {
  const files = new Map<string, StaticFile>();
  for (const file of folder === undefined ? [] : listFiles(folder)) {
    const path = `/${relative(folder ?? '', file)
      .split(sep)
      .join('/')}`;
    let content: Buffer | undefined;
    const entry: StaticFile = {
      contentType: contentTypes[extname(file)] ?? 'application/octet-stream',
      cacheControl: cacheControlOf(path),
      read: () => {
        content ??= readFileSync(file);
        return content;
      },
    };
    files.set(path, entry);
    if (path.endsWith('/index.html')) {
      files.set(path.slice(0, -'index.html'.length), entry);
      files.set(path.slice(0, -'/index.html'.length) || '/', entry);
    }
  }
  return (path) => files.get(path);
};
