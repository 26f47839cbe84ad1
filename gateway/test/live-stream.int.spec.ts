import { afterEach, describe, expect, it } from 'vitest';
import { liveServer, operatorKey, shopKey } from './live-stubs/live-server.ts';
import { badges, operator } from './live-stubs/live-world.ts';

type World = Awaited<ReturnType<typeof liveServer>>;
type Event = { readonly event?: string; readonly id?: string; readonly data?: string };

const ended: (() => unknown)[] = [];
afterEach(async () => {
  for (const end of ended.splice(0).reverse()) await end();
});

const start = async (...args: Parameters<typeof liveServer>): Promise<World> => {
  const world = await liveServer(...args);
  ended.push(world.stop);
  world.stock.change('A');
  world.stock.change('B');
  return world;
};

const parseEvent = (text: string): Event =>
  Object.fromEntries(
    text.split('\n').map((line) => [line.split(':')[0], line.slice(line.indexOf(':') + 1).trim()]),
  );

const listen = async (url: string, init: RequestInit = {}) => {
  const abort = new AbortController();
  const response = await fetch(url, { ...init, signal: abort.signal });
  ended.push(() => abort.abort());
  const events: Event[] = [];
  const comments: string[] = [];
  const done = (async () => {
    let rest = '';
    const decoder = new TextDecoder();
    for await (const chunk of response.body ?? []) {
      const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n\n');
      rest = parts.pop() ?? '';
      for (const part of parts) {
        if (part.startsWith(':')) comments.push(part);
        else events.push(parseEvent(part));
      }
    }
  })().catch(() => undefined);
  return { response, events, comments, done, abort };
};

const post = (variables: unknown, headers: Record<string, string> = {}, query = badges) => ({
  method: 'POST',
  headers: { 'content-type': 'application/json', accept: 'text/event-stream', ...headers },
  body: JSON.stringify({ query, variables }),
});

const until = async (isDone: () => boolean) => {
  for (let turn = 0; turn < 500 && !isDone(); turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(isDone()).toBe(true);
};

describe('a stream of server-sent events', () => {
  it('begins with a snapshot, goes on, and names where to resume', async () => {
    const world = await start();
    const { events, response, abort } = await listen(
      world.streamUrl,
      post({ skus: ['A', 'B'] }, { authorization: `Bearer ${operatorKey}` }),
    );
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    await until(() => events.length === 2);
    // A part of a snapshot is no place to resume from.
    expect(events.map(({ event, id }) => [event, id])).toEqual([
      ['next', undefined],
      ['next', 'e1.2'],
    ]);
    world.stock.change('A');
    await until(() => events.length === 3);
    expect(events[2]?.id).toBe('e1.3');
    expect(JSON.parse(events[2]?.data ?? '').data.availabilityChanged.availability).toMatchObject({
      item: { name: 'Näme of A' },
    });
    abort.abort();
    await until(() => world.stock.streams === 0);
    expect(world.live.metrics().sockets).toBe(0);
  });

  it('ends with UNAUTHENTICATED when its key is revoked', async () => {
    const world = await start();
    const stream = (authorization: string) =>
      listen(world.streamUrl, post({ skus: ['A'] }, { authorization }));
    const revoked = await stream(`Bearer ${operatorKey}`);
    const other = await stream(`Bearer ${shopKey}`);
    await until(() => revoked.events.length > 0 && other.events.length > 0);
    world.revoke(operator.id);
    await revoked.done;
    const [error, last] = revoked.events.slice(-2);
    expect(JSON.parse(error?.data ?? '').errors[0].extensions.code).toBe('UNAUTHENTICATED');
    expect(last?.event).toBe('complete');
    const before = other.events.length;
    world.stock.change('A');
    await until(() => other.events.length > before);
  });

  it('resumes after Last-Event-ID, also by GET', async () => {
    const world = await start();
    world.stock.change('B');
    const query = new URLSearchParams({ query: badges, variables: '{"skus":["A","B"]}' });
    const { events } = await listen(`${world.streamUrl}?${query}`, {
      headers: { accept: 'text/event-stream', 'last-event-id': 'e1.2' },
    });
    await until(() => events.length === 2);
    expect(events.map(({ id }) => id)).toEqual(['e1.3', 'e1.3']);
    expect(events[0]?.data).toContain('AvailabilityChange');
    expect(events[1]?.data).toContain('Heartbeat');
  });

  it('tells a refusal as its only result and completes', async () => {
    const world = await start();
    const codesOf = async (init: RequestInit) => {
      const { events, done, response } = await listen(world.streamUrl, init);
      await done;
      expect(response.status).toBe(200);
      expect(events.map(({ event }) => event)).toEqual(['next', 'complete']);
      return JSON.parse(events[0]?.data ?? '').errors[0].extensions.code;
    };
    expect(await codesOf(post({}, {}, 'subscription {'))).toBe('GRAPHQL_PARSE_FAILED');
    expect(await codesOf(post({}, { authorization: 'Bearer wrong' }))).toBe('UNAUTHENTICATED');
    const unknown = 'subscription { orderChanged(orderId: "order-2") { __typename } }';
    expect(await codesOf(post({}, {}, unknown))).toBe('NOT_FOUND');
    expect(await codesOf(post({}, {}, '{ stock }'))).toBe('BAD_REQUEST');
  });

  it('refuses what is no request before it begins', async () => {
    const world = await start();
    const statusOf = async (init: RequestInit) => (await fetch(world.streamUrl, init)).status;
    expect(await statusOf({ ...post({}), body: '{' })).toBe(400);
    expect(await statusOf({ ...post({}), body: '{}' })).toBe(400);
    expect(await statusOf(post({}, { 'content-type': 'text/plain' }))).toBe(415);
    expect(await statusOf({ method: 'PUT' })).toBe(405);
    expect(await statusOf({ ...post({}), body: 'x'.repeat(200_000) })).toBe(413);
  });

  it('says something while nothing happens', async () => {
    const world = await start({ commentPeriodMs: 20 });
    const { comments } = await listen(world.streamUrl, post({ skus: ['A'] }));
    await until(() => comments.length >= 2);
  });

  it('ends at a shutdown without the event that would keep its client away', async () => {
    const world = await start({ closeTimeoutMs: 60_000 });
    const { events, done } = await listen(world.streamUrl, post({ skus: ['A'] }));
    await until(() => events.length === 2);
    await world.live.close();
    await done;
    expect(events.map(({ event }) => event)).not.toContain('complete');
    expect(world.live.metrics()).toMatchObject({ sockets: 0, subscriptions: 0 });
  });
});
