import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import type { Caller } from '@holdfast/schema/caller';
import { callerText, secretKey, signatureOf } from '@holdfast/schema/signed-call';
import type { GraphQLError } from 'graphql';
import { afterEach, describe, expect, it } from 'vitest';
import { tickingSubgraph } from '#test/ticking-subgraph.ts';
import { systemClock } from '../clock.ts';
import { type SubgraphServerOptions, serveSubgraph } from './serve-subgraph.http.ts';

const secret = 'the secret of this installation, long enough';
const key = secretKey(secret);
const operator: Caller = { role: 'operator', id: 'operator:1', scopes: [] };

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const start = async (options: Partial<SubgraphServerOptions> = {}) => {
  const own = tickingSubgraph();
  const logged: Readonly<Record<string, unknown>>[] = [];
  const server = await serveSubgraph({
    subgraph: own.subgraph,
    ...{ secret, host: '127.0.0.1', port: 0, clock: systemClock() },
    log: { error: (_, facts) => void logged.push(facts) },
    metrics: async () => ({ contentType: 'text/plain', text: 'calls 1\n' }),
    ...options,
    bounds: { graceMs: 20, ...options.bounds },
  });
  ends.push(server.close);
  return { ...own, ...server, logged };
};

type Sent = {
  readonly path?: string;
  readonly offMs?: number;
  readonly after?: string;
  readonly signWith?: typeof key;
  readonly change?: Record<string, string>;
};

const headersFor = (
  body: string,
  { path = '/graphql', offMs = 0, after, signWith, change }: Sent,
) => {
  const headers: Record<string, string> = {
    'content-type': 'application/json',
    'holdfast-time': String(Date.now() + offMs),
    'holdfast-caller': callerText(operator),
    'x-request-id': 'trace-1',
    ...(after && { 'holdfast-after': after }),
  };
  const parts = { method: 'POST', path, headers, body };
  const signature = signatureOf(parts, signWith ?? key);
  return { ...headers, 'holdfast-signature': signature, ...change };
};

const send = async (url: string, body: string, sent: Sent = {}) => {
  const headers = headersFor(body, sent);
  const response = await fetch(url + (sent.path ?? '/graphql'), { method: 'POST', headers, body });
  const text = await response.text();
  return { status: response.status, text, headers: response.headers };
};

const ask = async (url: string, query: string, sent: Sent = {}) => {
  const answered = await send(url, JSON.stringify({ query }), sent);
  return { ...answered, ...(answered.text !== '' && JSON.parse(answered.text)) };
};

/** Opens a stream without reading it. */
const openStream = (url: string, query: string) => {
  const body = JSON.stringify({ query });
  const path = '/graphql/stream';
  const request = httpRequest(url + path, { method: 'POST', headers: headersFor(body, { path }) });
  request.on('error', () => {});
  ends.push(() => request.destroy());
  request.end(body);
  return new Promise<import('node:http').IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', reject);
  });
};

describe('a subgraph over HTTP', () => {
  it('answers a signed call, and knows who asks, since when and by which trace', async () => {
    const { url, told } = await start();
    expect(await ask(url, '{ who }', { after: 'epoch.7' })).toMatchObject({
      ...{ status: 200, data: { who: 'operator:1' } },
    });
    expect(told).toMatchObject([
      { caller: operator, traceId: 'trace-1', after: 'epoch.7', cursors: expect.any(Array) },
    ]);
  });

  it('answers the cursor that includes the effect of a mutation', async () => {
    const { url } = await start();
    const answered = await ask(url, 'mutation { put }');
    expect(answered).toMatchObject({ data: { put: 'put 2' }, extensions: { cursor: 'c2' } });
  });

  it('tells a refusal as it is, and of a failure only that it was logged', async () => {
    const { url, logged } = await start();
    const { text, errors } = await ask(url, '{ refused broken }');
    expect(errors.map((error: GraphQLError) => error.extensions.code).sort()).toEqual([
      'INTERNAL',
      'NOT_FOUND',
    ]);
    expect(text).not.toContain('password');
    expect(logged).toEqual([
      expect.objectContaining({ traceId: 'trace-1', cause: expect.stringContaining('password') }),
    ]);
  });

  it('says what a newer gateway asks and it does not know', async () => {
    const { url } = await start();
    const { errors } = await ask(url, '{ whatever }');
    expect(errors).toHaveLength(1);
  });

  it.each(['{', '[]', '{"query":7}', '{"query":"{ who }","variables":[]}'])(
    'refuses a signed body that is no call: %s',
    async (body) => {
      const { url } = await start();
      expect((await send(url, body)).status).toBe(400);
    },
  );

  it('answers in time what never ends, and forgets it when its asker has gone', async () => {
    const { url } = await start({ bounds: { answerMs: 60, callsMax: 1 } });
    expect((await ask(url, '{ never }')).errors[0].extensions.code).toBe('TIMEOUT');
    const left = new AbortController();
    const body = '{"query":"{ never }"}';
    const headers = headersFor(body, {});
    const asked = fetch(`${url}/graphql`, {
      ...{ method: 'POST', headers, body },
      signal: left.signal,
    });
    setTimeout(() => left.abort(), 10);
    await expect(asked).rejects.toThrow();
    await expect.poll(async () => (await ask(url, '{ who }')).status).toBe(200);
  });

  it('turns away what is more than it can do at once, and says that nothing was done', async () => {
    const { url } = await start({ bounds: { callsMax: 1 } });
    const slow = ask(url, '{ slow }');
    await new Promise((resolve) => setTimeout(resolve, 30));
    const turned = await ask(url, 'mutation { put }');
    expect(turned.status).toBe(503);
    expect(turned.headers.get('holdfast-nothing-done')).toBe('overloaded');
    expect((await slow).data).toEqual({ slow: 'slow' });
  });
});

describe('a call that is not signed', () => {
  const asked = JSON.stringify({ query: '{ _service { sdl } __schema { types { name } } }' });

  it.each([
    ['by another secret', { signWith: secretKey('another secret that is as long as ours') }],
    ['31 s ago', { offMs: -31_000 }],
    ['31 s ahead', { offMs: 31_000 }],
    ['for another caller', { change: { 'holdfast-caller': callerText({ ...operator, id: 'x' }) } }],
    ['for another cursor', { change: { 'holdfast-after': 'epoch.1' } }],
    ['with nothing', { change: { 'holdfast-signature': '' } }],
  ])('%s is answered 401 with nothing else', async (_, sent: Sent) => {
    const { url, told } = await start();
    for (const path of ['/graphql', '/graphql/stream', '/elsewhere']) {
      const { status, text } = await send(url, asked, { ...sent, path });
      expect([status, text]).toEqual([401, '']);
    }
    expect(told).toEqual([]);
  });

  it('is not read, however long it is', async () => {
    const { url, port } = await start({ bounds: { bodyBytesMax: 1_000 } });
    const unsigned = connect(port, '127.0.0.1');
    ends.push(() => unsigned.destroy());
    unsigned.on('error', () => {});
    unsigned.write('POST /graphql HTTP/1.1\r\nhost: h\r\ncontent-length: 999999999\r\n\r\n{');
    const answer = await new Promise((resolve) => unsigned.once('data', resolve));
    expect(String(answer)).toMatch(/^HTTP\/1.1 401 [\s\S]*connection: close/i);
    const long = JSON.stringify({ query: `{ who }${' '.repeat(1_000)}` });
    expect((await send(url, long)).status).toBe(413);
  });
});

describe('a subscription over HTTP', () => {
  it('is a line for each event, and ends when its reader goes', async () => {
    const { url, returned } = await start();
    const response = await openStream(url, 'subscription { ticks(count: 2) }');
    expect(response.headers['content-type']).toContain('application/jsonl');
    let text = '';
    response.on('data', (chunk) => {
      text += chunk;
    });
    const lines = '{"data":{"ticks":"0"}}\n{"data":{"ticks":"1"}}\n';
    await expect.poll(() => text).toBe(lines);
    expect(returned).toEqual([]);
    response.destroy();
    await expect.poll(() => returned.length).toBe(1);
  });

  it('that is refused is one answer', async () => {
    const { url } = await start();
    const answered = await ask(url, 'subscription { nothing }', { path: '/graphql/stream' });
    expect(answered.status).toBe(200);
    expect(answered.errors).toHaveLength(1);
  });

  it('shows life when nothing happens', async () => {
    const { url } = await start({ bounds: { beatMs: 10 } });
    const response = await openStream(url, 'subscription { ticks(count: 0) }');
    let text = '';
    response.on('data', (chunk) => {
      text += chunk;
    });
    await expect.poll(() => text.length).toBeGreaterThan(2);
    expect(text.trim()).toBe('');
  });

  it('is read no further than its reader takes, who is cut when it takes nothing', async () => {
    const { url, produced, returned } = await start({ bounds: { slowReaderMs: 100 } });
    const query = 'subscription { ticks(count: 100000, size: 10000) }';
    const response = await openStream(url, query);
    let isCut = false;
    response.on('error', () => {});
    response.once('close', () => {
      isCut = true;
    });
    await expect.poll(() => returned.length, { timeout: 5_000 }).toBe(1);
    // What the kernel takes, and no more: the source would have had a gigabyte.
    expect(produced()).toBeLessThan(3_000);
    response.resume();
    await expect.poll(() => isCut).toBe(true);
  });

  it('is one too many beyond the bound', async () => {
    const { url } = await start({ bounds: { streamsMax: 1 } });
    const query = 'subscription { ticks(count: 0) }';
    await openStream(url, query);
    const second = await openStream(url, query);
    expect(second.statusCode).toBe(503);
    expect(second.headers['holdfast-nothing-done']).toBe('overloaded');
  });
});

describe('health', () => {
  it('needs no signature, and says why it is not ready', async () => {
    const { url, notReady } = await start();
    const get = async (path: string) => {
      const response = await fetch(url + path);
      return [response.status, await response.text()] as const;
    };
    expect(await get('/livez')).toEqual([200, 'alive\n']);
    expect(await get('/metrics')).toEqual([200, 'calls 1\n']);
    expect((await get('/readyz'))[0]).toBe(200);
    notReady('inventory is still folding its log');
    const [status, text] = await get('/readyz');
    expect(status).toBe(503);
    expect(JSON.parse(text)).toEqual({
      ...{ ready: false, subgraph: 'inventory' },
      reasons: ['inventory is still folding its log'],
      lanes: { count: 4, owned: [1, 3] },
    });
    expect((await get('/graphql'))[0]).toBe(401);
  });
});

describe('a stop', () => {
  it('finishes what runs, ends streams, and turns away what comes', async () => {
    const { url, close, returned } = await start({ bounds: { drainMs: 2_000 } });
    const slow = ask(url, '{ slow }');
    const response = await openStream(url, 'subscription { ticks(count: 0) }');
    let hasEnded = false;
    response.on('end', () => {
      hasEnded = true;
    });
    response.resume();
    await new Promise((resolve) => setTimeout(resolve, 30));
    const startedAt = performance.now();
    await close();
    expect(performance.now() - startedAt).toBeLessThan(1_500);
    expect((await slow).data).toEqual({ slow: 'slow' });
    await expect.poll(() => hasEnded).toBe(true);
    expect(returned).toHaveLength(1);
    await expect(ask(url, '{ who }')).rejects.toThrow();
  });

  it('says on a kept connection that nothing was done', async () => {
    const { port, close } = await start({ bounds: { drainMs: 500 } });
    const body = '{"query":"mutation { put }"}';
    const head = Object.entries(headersFor(body, {})).map(([name, value]) => `${name}: ${value}`);
    const post = ['POST /graphql HTTP/1.1', 'host: h', ...head, `content-length: ${body.length}`];
    const socket = connect(port, '127.0.0.1');
    let text = '';
    socket.on('data', (chunk) => {
      text += chunk;
    });
    // Half of a request keeps the connection busy until the stop has begun.
    socket.write(`${post.join('\r\n')}\r\n\r\n${body.slice(0, 5)}`);
    await new Promise((resolve) => setTimeout(resolve, 30));
    const closed = close();
    socket.write(body.slice(5));
    await closed;
    await expect.poll(() => text).toMatch(/^HTTP\/1.1 503 [\s\S]*holdfast-nothing-done: stopping/i);
  });
});
