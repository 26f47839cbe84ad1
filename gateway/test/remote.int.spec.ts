/** A subgraph in other processes, as the gateway asks it. */
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { isSigned, isTimely, parseCaller, secretKey } from '@holdfast/schema/signed-call';
import { afterEach, describe, expect, it } from 'vitest';
import { createContext } from '../src/execution/context.ts';
import { remoteSource } from '../src/sources/remote.ts';
import { callers } from './stubs/contract.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const secret = 'the secret of this installation, long enough';

/** Answers calls as told, and that it is ready. */
const serve = async (answer: RequestListener, ready = true, more = {}) => {
  const server = createServer((request, response) => {
    if (request.url !== '/readyz') return answer(request, response);
    const told = { reasons: ['it still folds its log'], ...more };
    response.writeHead(ready ? 200 : 503).end(JSON.stringify(told));
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  ends.push(stop);
  // A listening server has an address.
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, stop };
};

const nobody = async () => {
  const { url, stop } = await serve(() => {});
  stop();
  return url;
};

const open = (urls: string | readonly string[], timeoutMs = 1_000) => {
  const subgraph = { name: 'inventory', urls: [urls].flat(), secret };
  const { close, ...source } = remoteSource(subgraph, timeoutMs);
  ends.push(close);
  return source;
};

const call = { query: '{ a }', variables: { b: 1 }, operationName: 'C' };
const mutation = { ...call, query: 'mutation C { a }' };
const context = (signal?: AbortSignal) =>
  createContext({
    caller: callers.operator,
    address: '',
    traceId: 'trace-1',
    after: 'cursor-0',
    signal,
  });

const bodyOf = async (request: IncomingMessage) => {
  let text = '';
  for await (const chunk of request) text += chunk;
  return text;
};

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'answered',
    (error) => error.extensions.code ?? 'INTERNAL',
  );

/** Answers, and counts how often it was asked. @param lanes that it says it owns, of two */
const counting = async (answer?: RequestListener, lanes?: readonly number[]) => {
  const asked = { times: 0 };
  const take: RequestListener = (request, response) => {
    asked.times += 1;
    if (answer) answer(request, response);
    else response.end('{"data":{"a":1}}');
  };
  const server = await serve(take, true, lanes && { lanes: { count: 2, owned: lanes } });
  return { ...server, asked };
};

const hangUp: RequestListener = (request) => request.socket.destroy();
const turnAway: RequestListener = (_, response) => {
  response.writeHead(503, { 'holdfast-nothing-done': 'stopping' });
  response.end('{"errors":[{"message":"stopping","extensions":{"code":"UNAVAILABLE"}}]}');
};

const sendOn: RequestListener = (_, response) => {
  response.writeHead(200, { 'holdfast-nothing-done': 'elsewhere' });
  response.end('{"data":{"a":"out of reach"}}');
};

describe('a remote subgraph', () => {
  it('is sent the call, signed with who asks, its trace and its cursor', async () => {
    const seen: unknown[] = [];
    const { url } = await serve(async (request, response) => {
      const { url: path = '', method = '', headers } = request;
      const body = await bodyOf(request);
      const signed = isSigned({ method, path, headers, body }, secretKey(secret));
      seen.push({ path, signed, timely: isTimely(headers, Date.now()) });
      seen.push(parseCaller(headers['holdfast-caller']), JSON.parse(body));
      seen.push(headers['x-request-id'], headers['holdfast-after']);
      response.end('{"data":{"a":1},"extensions":{"cursor":"cursor-1"}}');
    });
    const asked = context();
    expect(await open(url).process(call, asked)).toMatchObject({ data: { a: 1 } });
    const signed = { path: '/graphql', signed: true, timely: true };
    expect(seen).toEqual([signed, callers.operator, call, 'trace-1', 'cursor-0']);
    expect(asked.cursors).toEqual(['cursor-1']);
  });

  it('may answer in pieces, with an error status', async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(400);
      response.write('{"errors":[{"message":"größe"');
      setTimeout(() => response.end('}]}'), 5);
    });
    expect(await open(url).process(call, context())).toEqual({ errors: [{ message: 'größe' }] });
  });

  it('is asked where the lane of the call is owned, elsewhere where that one is gone', async () => {
    const [low, high] = [await counting(undefined, [0]), await counting(undefined, [1])];
    const source = open([low.url, high.url]);
    await expect.poll(source.notReady).toBeUndefined();
    const about = {
      ...mutation,
      variables: { input: { reservationId: `res_${'0'.repeat(32)}ffff` } },
    };
    for (let times = 0; times < 3; times += 1) await source.process(about, context());
    expect([low.asked.times, high.asked.times]).toEqual([0, 3]);
    high.stop();
    const query = { ...about, query: '{ a }' };
    expect(await source.process(query, context())).toMatchObject({ data: { a: 1 } });
    expect(low.asked.times).toBe(1);
  });

  it('is UNAVAILABLE where nobody listens', async () => {
    expect(await codeOf(open(await nobody()).process(call, context()))).toBe('UNAVAILABLE');
  });

  it('is UNAVAILABLE when it hangs up', async () => {
    const { url } = await serve(hangUp);
    expect(await codeOf(open(url).process(call, context()))).toBe('UNAVAILABLE');
  });

  it('is UNAVAILABLE when a proxy answers for it', async () => {
    const { url } = await serve((_, response) =>
      response.writeHead(502).end('<html>Bad gateway</html>'),
    );
    expect(await codeOf(open(url).process(call, context()))).toBe('UNAVAILABLE');
  });

  it('is INTERNAL when it answers what is no GraphQL', async () => {
    const { url } = await serve((_, response) => response.end('<html></html>'));
    expect(await codeOf(open(url).process(call, context()))).toBe('INTERNAL');
  });

  it('is INTERNAL when it has another secret, and the log says what to do', async () => {
    const { url } = await serve((_, response) => response.writeHead(401).end());
    await expect(open(url).process(call, context())).rejects.toThrow('HOLDFAST_SECRET');
  });

  it.each([
    ['no answer', () => {}],
    [
      'half an answer',
      (_: unknown, response: { write(text: string): void }) => response.write('{"da'),
    ],
  ])('is TIMEOUT after its time: %s', async (_, answer) => {
    const { url } = await serve(answer);
    expect(await codeOf(open(url, 60).process(call, context()))).toBe('TIMEOUT');
  });

  it('is left when nobody waits for the answer', async () => {
    let isLeft = false;
    const client = new AbortController();
    const { url } = await serve((request) => {
      request.socket.on('close', () => {
        isLeft = true;
      });
      client.abort();
    });
    await codeOf(open(url, 60_000).process(call, context(client.signal)));
    await expect.poll(() => isLeft).toBe(true);
  });
});

describe('a subgraph of several processes', () => {
  it('is asked at each of them', async () => {
    const [one, two] = [await counting(), await counting()];
    const source = open([one.url, two.url]);
    for (let at = 0; at < 20; at += 1) await source.process(call, context());
    expect(one.asked.times + two.asked.times).toBe(20);
    expect(Math.min(one.asked.times, two.asked.times)).toBeGreaterThan(4);
  });

  it.each([
    ['query', call],
    ['mutation', mutation],
  ])('takes a %s elsewhere when one cannot be reached', async (_, asked) => {
    const { url } = await counting();
    const source = open([await nobody(), url]);
    for (let at = 0; at < 10; at += 1) {
      expect(await codeOf(source.process(asked, context()))).toBe('answered');
    }
  });

  it.each([
    ['query', call],
    ['mutation', mutation],
  ])('takes a %s elsewhere when one says that it did nothing', async (_, asked) => {
    const [one, two] = [await counting(turnAway), await counting()];
    const source = open([one.url, two.url]);
    for (let at = 0; at < 10; at += 1) {
      expect(await codeOf(source.process(asked, context()))).toBe('answered');
    }
    // It is left alone after it has said so.
    expect(one.asked.times).toBeLessThan(3);
    expect(two.asked.times).toBe(10);
  });

  it.each([
    ['query', call],
    ['mutation', mutation],
  ])('takes a %s elsewhere when one cannot reach what it needs', async (_, asked) => {
    const [one, two] = [await counting(sendOn), await counting()];
    const source = open([one.url, two.url]);
    for (let at = 0; at < 10; at += 1) {
      expect(await source.process(asked, context())).toMatchObject({ data: { a: 1 } });
    }
    // It is no worse than the others for what comes next.
    expect(one.asked.times).toBeGreaterThan(2);
    expect(two.asked.times).toBe(10);
  });

  it.each([
    ['does either', counting],
    ['is stopping', () => counting(turnAway)],
    ['can be reached', async () => ({ url: await nobody() })],
  ])('answers what one said that cannot reach what it needs when no other %s', async (_, other) => {
    const others = await other(sendOn);
    const source = open([(await counting(sendOn)).url, others.url]);
    for (let at = 0; at < 4; at += 1) {
      const answer = await source.process(mutation, context());
      expect(answer).toMatchObject({ data: { a: 'out of reach' } });
    }
  });

  it('is asked once more for a query that was lost, and no more', async () => {
    const [one, two] = [await counting(hangUp), await counting()];
    expect(await codeOf(open([one.url, two.url]).process(call, context()))).toBe('answered');
    const lost = [await counting(hangUp), await counting(hangUp), await counting(hangUp)];
    const urls = lost.map(({ url }) => url);
    expect(await codeOf(open(urls).process(call, context()))).toBe('UNAVAILABLE');
    expect(lost.reduce((sum, { asked }) => sum + asked.times, 0)).toBe(2);
  });

  it.each([
    'mutation C { a }',
    'fragment F on A { b }\nmutation C { a { ...F } }',
    '\n  mutation($a: Int) { a(b: $a) }',
  ])('never hears twice of a mutation that was lost: %s', async (query) => {
    const lost = [await counting(hangUp), await counting(hangUp)];
    const source = open(lost.map(({ url }) => url));
    const sent = source.process({ ...call, query }, context());
    await expect(sent).rejects.toThrow('send it again with its idempotency key');
    expect(lost.reduce((sum, { asked }) => sum + asked.times, 0)).toBe(1);
  });

  it('is not kept waiting by one that hangs', async () => {
    const [one, two] = [await counting(() => {}), await counting()];
    const source = open([one.url, two.url], 200);
    const codes = new Map<string, number>();
    for (let at = 0; at < 20; at += 1) {
      const code = await codeOf(source.process(call, context()));
      codes.set(code, (codes.get(code) ?? 0) + 1);
    }
    expect(codes.get('TIMEOUT') ?? 0).toBeLessThan(3);
  });

  it('is ready when one of them is, and says why none is', async () => {
    const source = open([await nobody(), (await serve(() => {}, false)).url]);
    expect(source.notReady()).toContain('it has not been asked yet');
    await expect.poll(source.notReady).toContain('it cannot be reached; it still folds its log');
    expect(source.notReady()).not.toContain('127.0.0.1');
    const other = open([await nobody(), (await serve(() => {})).url]);
    await expect.poll(other.notReady).toBeUndefined();
  });
});

/** What a stream door answers; each text is one write. */
const stream =
  (texts: readonly string[], end: 'end' | 'hangUp' | 'stay' = 'stay'): RequestListener =>
  (request, response) => {
    response.writeHead(200, { 'content-type': 'application/jsonl; charset=utf-8' });
    for (const text of texts) response.write(text);
    if (end === 'end') response.end();
    if (end === 'hangUp') setTimeout(() => request.socket.destroy(), 20);
  };

const subscription = { query: 'subscription { a }', variables: {}, operationName: undefined };

const subscribe = async (source: ReturnType<typeof open>) => {
  const opened = await source.subscribe(subscription, context());
  if (!(Symbol.asyncIterator in opened)) throw new Error(JSON.stringify(opened.errors));
  return opened[Symbol.asyncIterator]();
};

describe('a remote subscription', () => {
  it('is each line, however it is cut, without the signs of life', async () => {
    const texts = ['{"data":{"a":"grö', 'ße"}}\n\n\n{"data":{"a":2}}\n{"da', 'ta":{"a":3}}\n'];
    const { url } = await serve(stream(texts, 'end'));
    const events = await subscribe(open(url));
    const got: unknown[] = [];
    for (let next = await events.next(); !next.done; next = await events.next()) {
      got.push(next.value.data?.a);
    }
    expect(got).toEqual(['größe', 2, 3]);
  });

  it('is refused with the codes that the subgraph gave', async () => {
    const { url } = await serve((_, response) =>
      response.end('{"errors":[{"message":"no","extensions":{"code":"NOT_FOUND"}}]}'),
    );
    const opened = await open(url).subscribe(subscription, context());
    expect(opened).toMatchObject({
      errors: [{ message: 'no', extensions: { code: 'NOT_FOUND' } }],
    });
  });

  it('is opened where somebody is, and not where it is turned away', async () => {
    const [away, here] = [await counting(turnAway), await counting(stream(['{"data":{"a":1}}\n']))];
    const source = open([await nobody(), away.url, here.url]);
    for (let at = 0; at < 6; at += 1) {
      const events = await subscribe(source);
      expect((await events.next()).value).toEqual({ data: { a: 1 } });
      await events.return?.();
    }
    expect(here.asked.times).toBe(6);
  });

  it.each([
    ['hung up', 'hangUp'],
    ['in the middle of a line', 'hangUp'],
  ] as const)('fails when it is %s', async (_, end) => {
    const { url } = await serve(stream(['{"data":{"a":1}}\n{"da'], end));
    const events = await subscribe(open(url));
    await events.next();
    await expect(events.next()).rejects.toThrow();
  });

  it('fails on what is no event', async () => {
    const { url } = await serve(stream(['[]\n']));
    await expect((await subscribe(open(url))).next()).rejects.toThrow('no GraphQL');
  });

  it('is UNAVAILABLE where nobody is, and where nobody answers in time', async () => {
    expect(await codeOf(subscribe(open(await nobody())))).toBe('UNAVAILABLE');
    const { url } = await serve(() => {});
    expect(await codeOf(subscribe(open(url, 60)))).toBe('UNAVAILABLE');
  });

  it('ends at once when its reader leaves, here and there', async () => {
    let isLeft = false;
    const { url } = await serve((request, response) => {
      stream([])(request, response);
      response.flushHeaders();
      request.socket.on('close', () => {
        isLeft = true;
      });
    });
    const events = await subscribe(open(url));
    const next = events.next();
    await events.return?.();
    expect((await next).done).toBe(true);
    await expect.poll(() => isLeft).toBe(true);
  });

  it('is read only as fast as it is taken', async () => {
    let written = 0;
    const line = `{"data":{"a":"${'.'.repeat(10_000)}"}}\n`;
    const { url } = await serve((_, response) => {
      stream([])(_, response);
      const pour = () => {
        while (written < 100_000 && !response.destroyed) {
          written += 1;
          if (!response.write(line)) return void response.once('drain', pour);
        }
      };
      pour();
    });
    const events = await subscribe(open(url));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const before = written;
    expect(before).toBeLessThan(5_000);
    for (let at = 0; at < before + 100; at += 1) await events.next();
    expect(written).toBeGreaterThan(before);
    await events.return?.();
  });
});
