import { type Client, createClient } from 'graphql-ws';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { liveServer, operatorKey } from './live-stubs/live-server.ts';
import { badges, type Heard, operator } from './live-stubs/live-world.ts';

type World = Awaited<ReturnType<typeof liveServer>>;

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

const stockClient = ({ socketUrl }: World, authorization?: unknown): Client => {
  const client = createClient({
    url: socketUrl,
    webSocketImpl: WebSocket,
    connectionParams: { authorization },
    retryAttempts: 0,
    lazy: true,
  });
  ended.push(() => client.dispose());
  return client;
};

const until = async (done: () => boolean) => {
  for (let turn = 0; turn < 500 && !done(); turn += 1) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  expect(done()).toBe(true);
};

/** A socket without a client's manners. */
const rawSocket = async (
  { socketUrl }: World,
  protocol: string | string[] = 'graphql-transport-ws',
) => {
  const socket = new WebSocket(socketUrl, protocol);
  const messages: { type: string; id?: string; payload?: never }[] = [];
  const closed = new Promise<number>((resolve) => void socket.once('close', resolve));
  socket.on('message', (text) => messages.push(JSON.parse(String(text))));
  await new Promise((resolve) => void socket.once('open', resolve));
  ended.push(() => socket.terminate());
  return {
    socket,
    messages,
    closed,
    send: (message: unknown) => socket.send(JSON.stringify(message)),
    init: async (payload?: unknown) => {
      socket.send(JSON.stringify({ type: 'connection_init', payload }));
      await until(() => messages.some(({ type }) => type === 'connection_ack'));
    },
  };
};

const subscribeFrame = (id: string, query: string, variables: unknown = {}) => ({
  id,
  type: 'subscribe',
  payload: { query, variables },
});
const tiny = 'subscription { availabilityChanged(skus: ["A"]) { __typename } }';

describe('with the stock client', () => {
  it('a subscription begins, goes on in any language, and ends', async () => {
    const world = await start();
    const client = stockClient(world, `Bearer ${operatorKey}`);
    const heard: Heard[] = [];
    const leave = client.subscribe<{ availabilityChanged: Heard }>(
      { query: badges, variables: { skus: ['A', 'B'] } },
      {
        next: ({ data }) => heard.push(data?.availabilityChanged as Heard),
        error: () => {},
        complete: () => {},
      },
    );
    await until(() => heard.at(-1)?.complete === true);
    world.stock.change('A');
    await until(() => heard.at(-1)?.__typename === 'AvailabilityChange');
    expect(heard.at(-1)?.availability?.item).toEqual({ name: 'Näme of A' });
    leave();
    await until(() => world.stock.streams === 0);
    expect(world.live.metrics()).toMatchObject({ subscriptions: 0, upstreams: 0 });
  });

  it('queries and mutations are answered too', async () => {
    const world = await start();
    const client = stockClient(world);
    const once = async (query: string) => {
      for await (const result of client.iterate({ query })) return result;
      return undefined;
    };
    expect(await once('{ stock }')).toEqual({ data: { stock: 'stock ✓' } });
    expect(await once('mutation { spend(units: 3) }')).toEqual({ data: { spend: 3 } });
  });

  it('an idle client that answers pings is sent more than a window', async () => {
    const world = await start();
    const client = stockClient(world);
    const heard: Heard[] = [];
    client.subscribe<{ availabilityChanged: Heard }>(
      { query: badges, variables: { skus: ['A'] } },
      {
        next: ({ data }) => heard.push(data?.availabilityChanged as Heard),
        error: () => {},
        complete: () => {},
      },
    );
    await until(() => heard.at(-1)?.complete === true);
    for (let at = 0; at < 70; at += 1) {
      const before = heard.length;
      world.stock.change('A');
      await until(() => heard.length > before);
    }
    expect(heard.at(-1)?.availability?.version).toBe(71);
  });
});

describe('errors leave the socket open', () => {
  it('for syntax, validation, rights, a subgraph’s refusal and too many operations', async () => {
    const world = await start({ subscriptionsPerSocketMax: 2 });
    const { send, init, messages, socket } = await rawSocket(world);
    await init();
    const codeOf = async (id: string, query: string) => {
      send(subscribeFrame(id, query));
      await until(() => messages.some((message) => message.id === id && message.type === 'error'));
      const { payload } =
        messages.find((message) => message.id === id && message.type === 'error') ?? {};
      return (payload as unknown as { extensions: { code: string; traceId: string } }[])[0]
        ?.extensions;
    };
    expect(await codeOf('1', 'subscription {')).toMatchObject({ code: 'GRAPHQL_PARSE_FAILED' });
    expect(await codeOf('2', '{ nothing }')).toMatchObject({ code: 'GRAPHQL_VALIDATION_FAILED' });
    expect(await codeOf('3', '{ secret }')).toMatchObject({ code: 'FORBIDDEN' });
    const nowhere =
      'subscription { availabilityChanged(skus: "A", channel: "nowhere") { __typename } }';
    const refused = await codeOf('4', nowhere);
    expect(refused?.code).toBe('BAD_USER_INPUT');
    expect(refused?.traceId).toMatch(/^trace/);
    send(subscribeFrame('a', tiny));
    send(subscribeFrame('b', tiny));
    expect(await codeOf('c', tiny)).toMatchObject({ code: 'RATE_LIMITED' });
    expect(socket.readyState).toBe(socket.OPEN);
  });
});

describe('a socket is closed', () => {
  it('4408 without connection_init in time', async () => {
    const { closed } = await rawSocket(await start({ initTimeoutMs: 50 }));
    expect(await closed).toBe(4408);
  });

  it('4403 when its key is revoked, and no other is', async () => {
    const world = await start();
    const [revoked, other] = [await rawSocket(world), await rawSocket(world)];
    await revoked.init({ authorization: `Bearer ${operatorKey}` });
    await other.init();
    await revoked.send(subscribeFrame('a', badges));
    world.revoke(operator.id);
    expect(await revoked.closed).toBe(4403);
    await until(() => world.live.metrics().sockets === 1);
    expect(other.socket.readyState).toBe(other.socket.OPEN);
  });

  it('4403 for an unknown key and for one that is no text', async () => {
    const world = await start();
    for (const authorization of ['Bearer wrong', 7, null]) {
      const { send, closed } = await rawSocket(world);
      send({ type: 'connection_init', payload: { authorization } });
      expect(await closed).toBe(4403);
    }
  });

  it('4401 without a key where one is needed, and before connection_init', async () => {
    const strict = await rawSocket(await start({}, false));
    strict.send({ type: 'connection_init' });
    expect(await strict.closed).toBe(4401);
    const hasty = await rawSocket(await start());
    hasty.send(subscribeFrame('1', tiny));
    expect(await hasty.closed).toBe(4401);
  });

  it('4400 for what is no message, 4429 for a second init, 4409 for an id in use', async () => {
    const world = await start();
    const broken = await rawSocket(world);
    broken.socket.send('{');
    expect(await broken.closed).toBe(4400);
    const again = await rawSocket(world);
    await again.init();
    again.send({ type: 'connection_init' });
    expect(await again.closed).toBe(4429);
    const twice = await rawSocket(world);
    await twice.init();
    twice.send(subscribeFrame('1', tiny));
    twice.send(subscribeFrame('1', tiny));
    expect(await twice.closed).toBe(4409);
  });

  it('4406 for another protocol, 1009 for a message that is too long', async () => {
    const world = await start();
    expect(await (await rawSocket(world, [])).closed).toBe(4406);
    const long = await rawSocket(world);
    await long.init();
    long.send(subscribeFrame('1', `# ${'x'.repeat(100 * 1024)}`));
    expect(await long.closed).toBe(1009);
  });

  it('1013 when it does not take the facts of an order', async () => {
    const world = await start();
    const { send, init, socket, closed, messages } = await rawSocket(world);
    await init();
    const query = 'subscription { orderChanged(orderId: "order-1") { __typename } }';
    send(subscribeFrame('1', query));
    await until(() => messages.some(({ type }) => type === 'next'));
    // It reads, but answers no ping: the window fills, then the bounded queue.
    for (let at = 0; at < 500; at += 1) {
      world.orders.change();
      if (at % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 25));
    }
    expect(await closed).toBe(1013);
    expect(messages.filter(({ type }) => type === 'next')).toHaveLength(64);
    expect(socket.readyState).toBe(socket.CLOSED);
    expect(world.live.metrics().slowClientsClosed).toBe(1);
  });

  it('1012 at a shutdown, within its bound, also when the client does not answer', async () => {
    const world = await start({ closeTimeoutMs: 200 });
    const polite = await rawSocket(world);
    const dead = await rawSocket(world);
    dead.socket.pause();
    await world.live.close();
    expect(await polite.closed).toBe(1012);
    expect(world.live.metrics()).toMatchObject({ sockets: 0 });
  });

  it('and one connection too many is refused', async () => {
    const world = await start({ connectionsMax: 1 });
    await rawSocket(world);
    const second = new WebSocket(world.socketUrl, 'graphql-transport-ws');
    const error = await new Promise<Error>((resolve) => void second.once('error', resolve));
    expect(error.message).toContain('503');
  });
});

describe('a stalled client', () => {
  it('hears the newest when it answers pings again', async () => {
    const world = await start();
    const { send, init, messages } = await rawSocket(world);
    await init();
    send(subscribeFrame('1', badges, { skus: ['A'] }));
    const nexts = () => messages.filter(({ type }) => type === 'next');
    await until(() => nexts().length === 2);
    for (let at = 0; at < 90; at += 1) {
      world.stock.change('A');
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    expect(nexts()).toHaveLength(64);
    send({ type: 'pong' });
    await until(() => JSON.stringify(nexts().at(-1)).includes('"version":91'));
    expect(nexts()).toHaveLength(65);
  });
});
