/** A subgraph in another process. */
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createContext } from '../src/execution/context.ts';
import { remoteSource } from '../src/sources/remote.ts';
import { callers } from './stubs/contract.ts';

const ends: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

const serve = async (answer: RequestListener) => {
  const server = createServer(answer);
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  // A listening server has an address.
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
};

const open = (url: string, timeoutMs = 1_000) => {
  const headersOf = (_: unknown, body: string) => ({ 'x-signed': String(body.length) });
  const { close, ...source } = remoteSource({ name: 'inventory', url, headersOf }, timeoutMs);
  ends.push(close);
  return source;
};

const call = { query: '{ a }', variables: { b: 1 }, operationName: 'C' };
const context = (signal?: AbortSignal) =>
  createContext({
    caller: callers.operator,
    address: '',
    traceId: 'trace-1',
    after: 'cursor-0',
    ...(signal && { signal: () => signal }),
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

describe('a remote subgraph', () => {
  it('is sent the call, its trace, its cursor and what it shall know of the caller', async () => {
    let told: unknown;
    const url = await serve(async (request, response) => {
      const {
        'x-request-id': trace,
        'holdfast-after': after,
        'x-signed': signed,
      } = request.headers;
      told = { path: request.url, trace, after, signed, body: JSON.parse(await bodyOf(request)) };
      response.end('{"data":{"a":1},"extensions":{"cursor":"cursor-1"}}');
    });
    const asked = context();
    expect(await open(url).process(call, asked)).toMatchObject({ data: { a: 1 } });
    const signed = String(JSON.stringify(call).length);
    expect(told).toEqual({
      path: '/graphql',
      trace: 'trace-1',
      after: 'cursor-0',
      signed,
      body: call,
    });
    expect(asked.cursors).toEqual(['cursor-1']);
  });

  it('may answer in pieces, with an error status', async () => {
    const url = await serve((_, response) => {
      response.writeHead(400);
      response.write('{"errors":[{"message":"größe"');
      setTimeout(() => response.end('}]}'), 5);
    });
    expect(await open(url).process(call, context())).toEqual({ errors: [{ message: 'größe' }] });
  });

  it('is UNAVAILABLE where nobody listens', async () => {
    const url = await serve(() => {});
    await ends.pop()?.();
    expect(await codeOf(open(url).process(call, context()))).toBe('UNAVAILABLE');
  });

  it('is UNAVAILABLE when it hangs up', async () => {
    const url = await serve((request) => request.socket.destroy());
    expect(await codeOf(open(url).process(call, context()))).toBe('UNAVAILABLE');
  });

  it('is UNAVAILABLE when a proxy answers for it', async () => {
    const url = await serve((_, response) =>
      response.writeHead(502).end('<html>Bad gateway</html>'),
    );
    expect(await codeOf(open(url).process(call, context()))).toBe('UNAVAILABLE');
  });

  it('is INTERNAL when it answers what is no GraphQL', async () => {
    const url = await serve((_, response) => response.end('<html></html>'));
    expect(await codeOf(open(url).process(call, context()))).toBe('INTERNAL');
  });

  it.each([
    ['no answer', () => {}],
    [
      'half an answer',
      (_: unknown, response: { write(text: string): void }) => response.write('{"da'),
    ],
  ])('is TIMEOUT after its time: %s', async (_, answer) => {
    const url = await serve(answer);
    expect(await codeOf(open(url, 60).process(call, context()))).toBe('TIMEOUT');
  });

  it('is left when nobody waits for the answer', async () => {
    let isLeft = false;
    const client = new AbortController();
    const url = await serve((request) => {
      request.socket.on('close', () => {
        isLeft = true;
      });
      client.abort();
    });
    await codeOf(open(url, 60_000).process(call, context(client.signal)));
    await expect.poll(() => isLeft).toBe(true);
  });
});
