/** What is served beside GraphQL. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contractSubgraphs } from './stubs/contract.ts';
import { ask, type Started, startGateway } from './stubs/gateway.ts';

let folder: string;
let started: Started;
let url: string;
let why: string | undefined;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'holdfast-pages-'));
  const consoleFolder = join(folder, 'dist');
  mkdirSync(join(consoleFolder, 'playground'), { recursive: true });
  mkdirSync(join(consoleFolder, 'assets'));
  writeFileSync(join(folder, 'secret.txt'), 'secret');
  writeFileSync(join(consoleFolder, 'index.html'), '<h1>first page</h1>');
  writeFileSync(join(consoleFolder, 'playground', 'index.html'), '<h1>playground</h1>');
  writeFileSync(join(consoleFolder, 'assets', 'a-1f2e.js'), 'export {};');
  writeFileSync(join(consoleFolder, 'assets', 'b.woff2'), 'font');
  started = await startGateway({ subgraphs: contractSubgraphs({}, () => why), consoleFolder });
  url = started.url;
});
afterAll(async () => {
  await started.gateway.close();
  rmSync(folder, { recursive: true });
});

/** As it stands: fetch would tidy the path first. */
const rawGet = (path: string) =>
  new Promise<{ status: number | undefined; body: string }>((resolve, reject) => {
    const { port } = started;
    const request = httpRequest({ host: '127.0.0.1', port, path }, (response) => {
      let body = '';
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode, body }));
    });
    request.on('error', reject);
    request.end();
  });

describe('the console', () => {
  it.each([
    ['/', 'first page', 'text/html; charset=utf-8'],
    ['/playground', 'playground', 'text/html; charset=utf-8'],
    ['/playground/', 'playground', 'text/html; charset=utf-8'],
    ['/assets/a-1f2e.js', 'export', 'text/javascript; charset=utf-8'],
    ['/assets/b.woff2', 'font', 'font/woff2'],
  ])('serves %s', async (path, text, type) => {
    const response = await fetch(url + path);
    expect([response.status, response.headers.get('content-type')]).toEqual([200, type]);
    expect(await response.text()).toContain(text);
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    expect(response.headers.get('content-security-policy')).toContain("default-src 'self'");
  });

  it('lets browsers keep what is named by its content, and ask again for the rest', async () => {
    const cacheOf = async (path: string) => (await fetch(url + path)).headers.get('cache-control');
    expect(await cacheOf('/assets/a-1f2e.js')).toContain('immutable');
    expect(await cacheOf('/')).toBe('no-cache');
  });

  it.each([
    '/../secret.txt',
    '/assets/../../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '//secret.txt',
    '/assets',
    '/nothing',
    '/constructor',
  ])('serves nothing else: %s', async (path) => {
    const { status, body } = await rawGet(path);
    expect(status).toBe(404);
    expect(body).not.toContain('secret');
  });

  it('answers HEAD without a body, and takes no POST', async () => {
    const head = await fetch(url, { method: 'HEAD' });
    expect([head.status, await head.text()]).toEqual([200, '']);
    expect((await fetch(url, { method: 'POST', body: '' })).status).toBe(405);
  });

  it('has a bare first page where it is not built', async () => {
    const bare = await startGateway();
    const response = await fetch(bare.url);
    expect([response.status, await response.text()]).toEqual([
      200,
      expect.stringContaining('/graphql'),
    ]);
    await bare.gateway.close();
  });
});

describe('health', () => {
  it('lives', async () => {
    expect((await fetch(`${url}/livez`)).status).toBe(200);
  });

  it('is ready, or says why not', async () => {
    const ready = async () => {
      const response = await fetch(`${url}/readyz`);
      return [response.status, await response.json()];
    };
    const version = '0.0.0-test';
    expect(await ready()).toEqual([200, { ready: true, version, reasons: [] }]);
    why = 'inventory reads its log';
    expect(await ready()).toEqual([503, { ready: false, version, reasons: [why] }]);
    expect(started.gateway.notReady()).toEqual([why]);
    why = undefined;
  });
});

describe('/metrics', () => {
  const read = async () => {
    const response = await fetch(`${url}/metrics`);
    expect(response.headers.get('content-type')).toContain('application/openmetrics-text');
    return response.text();
  };

  it('counts operations by kind and outcome', async () => {
    await ask(url, { query: '{ item(sku: "A") { sku } }' });
    await ask(url, { query: '{ nope }' });
    await ask(url, { query: '{ stockPositions(sku: "A") { sku } }' });
    const text = await read();
    expect(text).toMatch(/^holdfast_gateway_operations_total\{kind="query",outcome="ok"\} 1$/m);
    expect(text).toMatch(
      /^holdfast_gateway_operations_total\{kind="unknown",outcome="GRAPHQL_VALIDATION_FAILED"\} 1$/m,
    );
    expect(text).toMatch(
      /^holdfast_gateway_operations_total\{kind="query",outcome="UNAUTHENTICATED"\} 1$/m,
    );
    expect(text).toMatch(/^holdfast_gateway_operation_duration_seconds_count\{kind="query"\} 2$/m);
    // It was never begun.
    expect(text).not.toContain('operation_duration_seconds_count{kind="unknown"}');
  });

  it('tells what is in flight, kept, live, and of the process', async () => {
    const text = await read();
    for (const name of [
      'in_flight',
      'prepared_documents',
      'live_sockets',
      'live_slow_clients_closed',
    ]) {
      expect(text).toMatch(new RegExp(`^holdfast_gateway_${name} \\d+$`, 'm'));
    }
    expect(text).toContain('process_resident_memory_bytes');
    expect(text.trimEnd().endsWith('# EOF')).toBe(true);
  });
});
